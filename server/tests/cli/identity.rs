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
        ["person_removed", "enrolment_code_issued", "pin_set", "person_changed", "imported"],
        "what failed is not there"
    );
    assert_eq!(log[0]["by"]["kind"], "command_line");
    assert_eq!(log[3]["detail"]["email"], "ana@example.org");
    assert_eq!(
        (log[4]["target"].as_str(), log[4]["detail"]["kind"].as_str()),
        (Some("sites.json"), Some("sites"))
    );
    assert!(!log.to_string().contains("2580"));
    let verified = desk.calloff(&["audit", "verify"]).ok();
    assert_eq!(
        verified,
        format!(
            "5 entries, none of them changed; last hash {}\n",
            log[0]["hash"].as_str().unwrap()
        )
    );
}
