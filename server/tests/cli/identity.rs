//! People, PINs and tablets on the command line. Each act is in the audit log, and the log is
//! verified.

use crate::harness::Desk;

#[test]
fn people_and_tablets_are_looked_after_at_the_prompt_and_each_act_is_written_down() {
    let desk = Desk::with_sites();
    let add = [
        "user",
        "add",
        "ana",
        "--role",
        "staff@436",
        "--email",
        "Ana@Example.org",
        "--no-password",
    ];
    assert!(!desk.calloff(&add).ok().contains("password"));
    assert!(
        desk.calloff_told(&["user", "pin", "ana"], "1234\n").fails().contains("choose another PIN")
    );
    assert_eq!(desk.calloff_told(&["user", "pin", "ana"], "2580\n").ok(), "set the PIN of ana\n");
    assert!(
        desk.calloff_told(&["user", "pin", "nobody"], "2580\n")
            .fails()
            .contains("nobody has the sign-in name")
    );
    let taken =
        ["user", "add", "bob", "--role", "finance", "--email", "ana@example.org", "--no-password"];
    assert!(desk.calloff(&taken).fails().contains("somebody else's"));
    let link = desk.calloff(&["user", "invite", "ana"]).ok();
    assert!(link.starts_with("http://127.0.0.1:8080/desk/invitation#"), "{link}");
    desk.calloff(&["user", "invite", "nobody"]).fails();
    let link = desk.calloff(&["device", "enrol", "--site", "436", "--qr"]).ok();
    assert!(link.starts_with("http://127.0.0.1:8080/enrol#") && link.contains('█'), "{link}");
    assert_eq!(desk.calloff(&["device", "list"]).ok(), "");
    desk.calloff(&["user", "remove", "ana"]).ok();
    desk.calloff(&["user", "remove", "ana"]).fails();

    let log = desk.calloff(&["audit", "list", "--json"]).json();
    let acts: Vec<_> =
        log.as_array().unwrap().iter().map(|entry| entry["act"].as_str().unwrap()).collect();
    assert_eq!(
        acts,
        [
            "person_removed",
            "enrolment_code_issued",
            "invitation_issued",
            "pin_set",
            "person_added",
            "imported"
        ],
        "what failed is not there"
    );
    assert_eq!(log[0]["by"]["kind"], "command_line");
    assert_eq!(log[4]["detail"]["email"], "ana@example.org");
    assert_eq!(
        (log[5]["target"].as_str(), log[5]["detail"]["kind"].as_str()),
        (Some("sites.json"), Some("sites"))
    );
    assert!(!log.to_string().contains("2580"));
    let verified = desk.calloff(&["audit", "verify"]).ok();
    assert_eq!(
        verified,
        format!(
            "6 entries, none of them changed; last hash {}\n",
            log[0]["hash"].as_str().unwrap()
        )
    );
}

#[test]
fn the_last_administrator_is_neither_removed_nor_demoted_at_the_prompt() {
    let desk = Desk::with_sites();
    desk.calloff(&["user", "add", "ada", "--role", "admin"]).ok();
    for refused in [
        &["user", "remove", "ada"][..],
        &["user", "add", "ada", "--role", "finance", "--no-password"],
        &["user", "add", "ada", "--role", "admin@436", "--no-password"],
    ] {
        let said = desk.calloff(refused).fails();
        assert!(said.contains("the last person who can sign in"), "{said}");
    }
    desk.calloff(&["user", "add", "eve", "--role", "admin", "--no-password"]).ok();
    desk.calloff(&["user", "remove", "ada"]).fails();
    desk.calloff(&["user", "add", "eve", "--role", "admin"]).ok();
    desk.calloff(&["user", "remove", "ada"]).ok();
}
