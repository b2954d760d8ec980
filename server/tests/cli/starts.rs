//! Starts that would do harm are refused, and each refusal says what to do. Also how a backup is
//! made and restored.

use std::io::{BufRead as _, BufReader};

use crate::harness::{Desk, row, text};

/// The message of `calloff serve` when it refuses to start.
#[track_caller]
fn refused(desk: &Desk) -> String {
    desk.calloff(&["serve", "--listen", "127.0.0.1:0"]).fails()
}

fn published() -> Desk {
    let desk = Desk::with_sites();
    desk.import_rows(&[row("C-1", "Acme", "0001", "5.00")]).ok();
    desk.calloff(&["publish", "--reason", "first", "--effective", "2025-02-01"]).ok();
    desk
}

#[test]
fn only_an_import_the_demo_and_a_restore_make_a_database() {
    let desk = Desk::new();
    for command in [
        vec!["serve", "--listen", "127.0.0.1:0"],
        vec!["publish", "--reason", "x"],
        vec!["user", "list"],
        vec!["device", "list"],
        vec!["audit", "verify"],
        vec!["export", "contracts"],
        vec!["backup", text(&desk.path("copy.db"))],
        vec!["offer", "list"],
    ] {
        let said = desk.calloff(&command).fails();
        assert!(
            said.contains("there is no database") && said.contains("--data"),
            "{command:?}: {said}"
        );
        assert!(!desk.path("data").exists(), "{command:?} made something");
    }
    std::fs::create_dir(desk.path("data")).unwrap();
    for content in [Vec::new(), vec![b'x'; 4096]] {
        desk.file("data/calloff.db", &content);
        let said = refused(&desk);
        assert!(
            said.contains(if content.is_empty() { "there is no database" } else { "is damaged" }),
            "{said}"
        );
        assert_eq!(
            std::fs::read(desk.path("data/calloff.db")).unwrap(),
            content,
            "it is as it was"
        );
    }
}

#[test]
fn an_address_of_a_database_that_cannot_be_used_is_refused_without_its_password() {
    let desk = Desk::new();
    // Nothing listens on port 1.
    let away = "postgres://ana:hush@127.0.0.1:1/orders";
    for (address, command, says) in [
        (away, vec!["serve", "--listen", "127.0.0.1:0"], "orders at 127.0.0.1:1 cannot be used"),
        (away, vec!["user", "list"], "orders at 127.0.0.1:1 cannot be used"),
        (away, vec!["backup", "copy.db"], "orders at 127.0.0.1:1 cannot be used"),
        (away, vec!["restore", "copy.db"], "there is no file copy.db"),
        (away, vec!["migrate", "--to", away], "leave --database out"),
        ("mysql://ana:hush@host/orders", vec!["user", "list"], "must begin with postgres://"),
        ("orders", vec!["user", "list"], "no address of a PostgreSQL database"),
    ] {
        let said = desk.calloff(&[vec!["--database", address], command].concat()).fails();
        assert!(said.contains(says) && !said.contains("hush"), "{said}");
        assert!(!desk.path("data").exists(), "nothing was made in the folder");
    }
}

#[test]
fn a_missing_and_a_foreign_signing_key_are_refused() {
    let (desk, other) = (published(), published());
    let (key, others) = (desk.path("data/signing.key"), other.path("data/signing.key"));
    let own = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    assert!(refused(&desk).contains("is missing: put the file back"));
    assert!(desk.calloff(&["publish", "--reason", "x"]).fails().contains("is missing"));
    assert!(!key.exists(), "no new one was made");
    std::fs::copy(&others, &key).unwrap();
    assert!(refused(&desk).contains("is not the key"));
    assert!(desk.calloff(&["publish", "--reason", "x"]).fails().contains("is not the key"));
    std::fs::write(&key, own).unwrap();
    desk.calloff(&[
        "resolve",
        "--item",
        "0001",
        "--quantity",
        "10",
        "--site",
        "436",
        "--date",
        "2025-03-01",
    ])
    .ok();
}

#[test]
fn a_damaged_database_is_refused_and_neither_backed_up_nor_restored() {
    let desk = published();
    let copy = desk.path("copy.db");
    desk.calloff(&["backup", text(&copy)]).ok();
    let file = desk.path("data/calloff.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 8 * 4096].fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    let said = refused(&desk);
    assert!(said.contains("is damaged") && said.contains("calloff restore"), "{said}");
    assert!(desk.calloff(&["backup", text(&desk.path("bad.db"))]).fails().contains("is damaged"));
    let bad = desk.file("bad.db", &bytes);
    assert!(desk.calloff(&["restore", text(&bad)]).fails().contains("it is damaged"));
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "nothing was changed");

    let said = desk.calloff(&["restore", text(&copy)]).ok();
    assert!(
        said.contains("Purchase orders are numbered PO-") && said.contains(".before-restore-"),
        "{said}"
    );
    desk.resolve("0001", "436", "2025-03-01").ok();
    let log = desk.calloff(&["audit", "list", "--json"]).json();
    assert_eq!(log[0]["act"], "database_restored");
}

#[test]
fn a_backup_is_written_once_is_its_owners_alone_and_comes_back_as_another_database_each_time() {
    let desk = published();
    let copy = desk.path("copy.db");
    let said = desk.calloff(&["backup", text(&copy)]).ok();
    assert!(said.contains("everything except the signing key"), "{said}");
    assert!(desk.calloff(&["backup", text(&copy)]).fails().contains("exists already"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
    desk.calloff(&["user", "add", "ana", "--role", "finance"]).ok();
    let block = |said: String| {
        said.split("numbered ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    };
    let first = block(desk.calloff(&["restore", text(&copy)]).ok());
    let people = desk.calloff(&["user", "list"]).ok();
    assert!(people.contains("Nobody can sign in yet"), "she was added since: {people}");
    let second = block(desk.calloff(&["restore", text(&copy)]).ok());
    assert_ne!(first, second, "of one copy twice");
    assert!(
        desk.calloff(&["restore", text(&desk.path("nothing.db"))])
            .fails()
            .contains("there is no file")
    );
    // Into another folder. The key must come, too.
    let elsewhere = Desk::new();
    assert!(elsewhere.calloff(&["restore", text(&copy)]).fails().contains("is missing"));
    assert!(!elsewhere.path("data").exists());
    std::fs::create_dir(elsewhere.path("data")).unwrap();
    std::fs::copy(desk.path("data/signing.key"), elsewhere.path("data/signing.key")).unwrap();
    elsewhere.calloff(&["restore", text(&copy)]).ok();
    elsewhere.resolve("0001", "436", "2025-03-01").ok();
}

#[test]
fn a_backup_with_the_key_needs_its_passphrase_from_standard_input_and_nothing_else() {
    let desk = published();
    let copy = desk.path("copy.db");
    let backup = ["backup", text(&copy), "--with-key"];
    for short in ["", "eleven char\n"] {
        let said = desk.calloff_told(&backup, short).fails();
        assert!(said.contains("at least 12 characters") && !copy.exists(), "{said}");
    }
    let said = desk.calloff_told(&backup, "twelve chars\nmore").ok();
    assert!(said.contains("which only the passphrase opens"), "{said}");
    let elsewhere = Desk::new();
    let restore = ["restore", text(&copy)];
    for wrong in ["", "twelve charS\n"] {
        let said = elsewhere.calloff_told(&restore, wrong).fails();
        assert!(said.contains("the passphrase is not the one of"), "{said}");
        assert!(!elsewhere.path("data").exists(), "nothing was made");
    }
    elsewhere.calloff_told(&restore, "twelve chars").ok();
    elsewhere.resolve("0001", "436", "2025-03-01").ok();
    elsewhere.calloff(&["publish", "--reason", "second"]).ok();
    let key = |desk: &Desk| std::fs::read(desk.path("data/signing.key")).unwrap();
    assert_eq!(key(&elsewhere), key(&desk));
    let files = std::fs::read_dir(desk.path("")).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<_> = files.filter(|name| name.to_string_lossy().contains(".part-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_no_backup_is_refused_by_its_name_and_no_restore_loses_the_database_before() {
    let desk = published();
    let copy = desk.path("copy.db");
    desk.calloff(&["backup", text(&copy)]).ok();
    let before = std::fs::read(desk.path("data/calloff.db")).unwrap();
    let foreign = desk.path("foreign.db");
    super::harness::block_on(async {
        use sqlx::{ConnectOptions as _, Connection as _};
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&foreign);
        let mut database = options.create_if_missing(true).connect().await.unwrap();
        sqlx::query("CREATE TABLE other (a)").execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
    let files = [
        (desk.file("garbage.db", vec![b'x'; 4096]), "it is damaged"),
        (desk.file("empty.db", ""), "none of Calloff's tables"),
        (desk.file("contracts.json", "{}"), "it is damaged"),
        (foreign, "none of Calloff's tables"),
    ];
    for (file, why) in files {
        let said = desk.calloff(&["restore", text(&file)]).fails();
        assert!(
            said.contains(&format!("{} is no backup of Calloff", file.display()))
                && said.contains(why),
            "{said}"
        );
        assert!(!desk.path("data/restoring").exists(), "{said}");
        assert_eq!(std::fs::read(desk.path("data/calloff.db")).unwrap(), before);
    }
    let elsewhere = Desk::new();
    elsewhere.calloff(&["restore", text(&desk.path("garbage.db"))]).fails();
    assert!(!elsewhere.path("data").exists(), "a refused restore makes no folder");
    // Restores follow each other within a second. Each keeps what it replaces.
    for _ in 0..3 {
        desk.calloff(&["restore", text(&copy)]).ok();
    }
    let kept = std::fs::read_dir(desk.path("data")).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        name.starts_with("calloff.db.before-restore-")
            && !name.ends_with("-wal")
            && !name.ends_with("-shm")
    });
    assert_eq!(kept.count(), 3);
}

#[test]
fn names_that_move_the_cursor_are_refused_and_never_printed() {
    let desk = Desk::with_sites();
    for name in ["A\u{1b}[2Jna", "Ana\u{202e}", "An\na"] {
        let said = desk
            .calloff(&["user", "add", "ana", "--role", "finance", "--display-name", name])
            .fails();
        assert!(said.contains("control characters"), "{said}");
    }
    // An identifier may not have such a mark either, in any command.
    for arguments in [
        &["user", "add", "a\u{202e}na", "--role", "finance", "--display-name", "Ana"][..],
        &["user", "add", "ana", "--role", "finance@org\u{200f}"],
        &["device", "enrol", "--site", "\u{2067}436"],
        &[
            "resolve",
            "--item",
            "0001",
            "--quantity",
            "5",
            "--site",
            "436\u{202d}",
            "--date",
            "2026-03-02",
        ],
    ] {
        let said = desk.calloff(arguments).err;
        assert!(said.contains("direction of writing") && said.contains("\\u{2"), "{said}");
        let turns = |c: char| c != '\n' && calloff_core::name::is_unclean(c);
        assert!(!said.contains(turns), "{said}");
    }
}

/// Starts a server, waits until it listens, and ends it. Returns the address on which it listened.
fn served(desk: &Desk, arguments: &[&str]) -> String {
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_calloff"))
        .arg("--data")
        .arg(desk.path("data"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let output = BufReader::new(server.stdout.take().expect("standard output"));
    let listening = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
    server.kill().expect("it is there");
    server.wait().expect("it ends");
    listening.expect("it says where it listens")
}

#[test]
fn a_second_server_on_one_folder_is_refused_and_other_commands_work_beside_the_first() {
    let desk = published();
    let mut server = std::process::Command::new(env!("CARGO_BIN_EXE_calloff"))
        .arg("--data")
        .arg(desk.path("data"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut output = BufReader::new(server.stdout.take().expect("standard output"));
    output.read_line(&mut String::new()).expect("it says where it listens");
    for command in ["serve", "demo"] {
        let said = desk.calloff(&[command, "--listen", "127.0.0.1:0"]).fails();
        assert!(
            said.contains("another server already runs on the data folder")
                && said.contains(text(&desk.path("data")))
                && said.contains("stop it first"),
            "{said}"
        );
    }
    desk.calloff(&["user", "add", "ana", "--role", "finance", "--no-password"]).ok();
    desk.calloff(&["device", "enrol", "--site", "436"]).ok();
    desk.calloff(&["backup", text(&desk.path("copy.db"))]).ok();
    // A server that was killed could free nothing by itself.
    server.kill().expect("it is there");
    server.wait().expect("it ends");
    served(&desk, &[]);
}

#[test]
fn an_enrolment_link_leads_to_where_the_server_was_reached_last() {
    let desk = published();
    let link = || desk.calloff(&["device", "enrol", "--site", "436"]).ok();
    assert!(link().starts_with("http://127.0.0.1:8080/enrol#"), "nothing was served yet");
    let address = served(&desk, &[]);
    assert!(address.starts_with("http://127.0.0.1:"), "{address}");
    assert!(link().starts_with(&format!("{address}/enrol#")), "{} {address}", link());
    served(&desk, &["--public-url", "https://calloff.example.org/"]);
    assert!(link().starts_with("https://calloff.example.org/enrol#"), "{}", link());
}
