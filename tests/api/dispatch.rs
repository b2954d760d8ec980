//! Purchase orders on their way to suppliers.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use calloff_core::ids::DocumentId;
use calloff_core::order::OrderStage;
use calloff_core::order::PurchaseOrderState;
use calloff_core::sample::builder::id;
use calloff_core::sample::small;
use calloff_core::supplier::{OrderChannel, SupplierAccount, SupplierProfile};
use calloff_core::wire::{
    ChangeSupplierRequest, DispatchState, ErrorCode, JobState, PersonRole, PurchaseOrderDetail,
    PurchaseOrderPage, SendRequest, SentByHandRequest, SupplierDetail, UblGap,
};
use calloff_server::dispatch::{MailRoute, Sender, Smtp};
use calloff_server::storage::incarnation::{RANDOM, begin_incarnation};
use calloff_tests::{MailServer, Person, Reaction, TestApp, TestTablet};
use tempfile::TempDir;

/// Longer than the pauses after the first failed attempts, and so short that the buyer's session
/// does not end.
const PAUSE: i64 = 5 * 60 * 1000;

/// A server that sends mails to `mail` and writes files into a folder, and a buyer.
struct Office {
    app: TestApp,
    buyer: Person,
    mail: MailServer,
    folder: TempDir,
}

impl Office {
    async fn open() -> Self {
        let mail = MailServer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let sender = Sender {
            from: "Calloff <orders@org.example>".parse().unwrap(),
            reply_to: Some("buyer@org.example".parse().unwrap()),
        };
        let route = MailRoute::Server(Smtp::parse(&mail.url()).unwrap());
        let app = TestApp::start(&small()).await.with_settings(|settings| {
            settings.outgoing.mail = Some((sender, route));
            settings.outgoing.folder = Some(folder.path().to_owned());
            settings.outgoing.peppol_id = Some("0088:7300010000001".parse().unwrap());
        });
        let buyer = app.signed_in("buyer", PersonRole::Procurement, "org").await;
        Self { app, buyer, mail, folder }
    }

    /// Sets how a supplier is reached.
    async fn reach(&self, supplier: &str, channels: &[OrderChannel], accounts: &[SupplierAccount]) {
        let path = format!("/api/suppliers/{supplier}");
        let before: SupplierDetail = self.buyer.get(&self.app, &path).await.json();
        let request = ChangeSupplierRequest {
            revision: before.revision,
            profile: SupplierProfile { channels: channels.to_vec(), ..before.profile },
            accounts: accounts.to_vec(),
        };
        let changed: SupplierDetail = self.buyer.post(&self.app, &path, &request).await.json();
        assert_eq!(changed.revision, before.revision + 1);
    }

    /// Writes down what an order for Peppol needs to know about a supplier.
    async fn in_peppol(&self, supplier: &str, peppol_id: &str, country: &str) {
        let path = format!("/api/suppliers/{supplier}");
        let before: SupplierDetail = self.buyer.get(&self.app, &path).await.json();
        let (peppol_id, country) = (peppol_id.to_owned(), country.to_owned());
        let request = ChangeSupplierRequest {
            revision: before.revision,
            profile: SupplierProfile { peppol_id, country, ..before.profile },
            accounts: before.accounts.into_iter().map(|row| row.account).collect(),
        };
        let _: SupplierDetail = self.buyer.post(&self.app, &path, &request).await.json();
    }

    /// Downloads a file.
    async fn file(&self, path: &str) -> Vec<u8> {
        let answer = self.buyer.get(&self.app, path).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        answer.body.to_vec()
    }

    /// Orders flour for the school, from the mill. Gives the number of the purchase order.
    async fn order(&self) -> (TestTablet, DocumentId, String) {
        let mut tablet = self.app.tablet("school", "Kitchen").await;
        let order = tablet.begin();
        tablet.add(order, "flour", "12");
        tablet.add(order, "sugar", "3");
        tablet.submit(order);
        tablet.sync(&self.app).await;
        assert_eq!(tablet.order(order).stage(), OrderStage::Accepted);
        let [cut] = tablet.order(order).server.purchase_orders.as_slice() else { panic!("one") };
        let number = cut.number.clone();
        (tablet, order, number)
    }

    async fn look(&self, number: &str) -> PurchaseOrderDetail {
        self.buyer.get(&self.app, &format!("/api/purchase-orders/{number}")).await.json()
    }

    /// Works on what is due, five minutes later.
    async fn later(&self) {
        self.app.set_millis(self.app.now() + PAUSE);
        self.app.work().await;
    }

    /// How far a purchase order is, as the tablet of its site knows it.
    async fn told(&self, tablet: &mut TestTablet, order: DocumentId) -> Option<PurchaseOrderState> {
        tablet.sync(&self.app).await;
        let facts = &tablet.order(order).server;
        let [cut] = facts.purchase_orders.as_slice() else { panic!("one") };
        let told = facts.progress.get(&cut.number)?;
        assert_eq!(told.at, self.app.now());
        Some(told.state)
    }

    async fn is_waiting(&self, number: &str) -> bool {
        let jobs = self.app.state.store.jobs(100).await.unwrap();
        jobs.iter().any(|job| job.key == number && job.state == JobState::Waiting)
    }
}

fn mail_to(address: &str) -> OrderChannel {
    OrderChannel::Email(address.to_owned())
}

fn account(location: &str, number: &str, order_address: &str) -> SupplierAccount {
    SupplierAccount {
        location: id(location),
        number: number.to_owned(),
        order_address: order_address.to_owned(),
    }
}

/// The decoded text of the first part of a mail.
fn readable(message: &str) -> String {
    let body = message.split("Content-Type: text/plain").nth(1).unwrap();
    let (head, body) = body.split_once("\r\n\r\n").unwrap();
    String::from_utf8(decoded(head, body.split("\r\n--").next().unwrap())).unwrap()
}

/// The bytes of a part of a mail. Its headers say how they are written.
fn decoded(headers: &str, body: &str) -> Vec<u8> {
    if headers.contains("base64") {
        return STANDARD.decode(body.replace("\r\n", "")).unwrap();
    }
    if !headers.contains("quoted-printable") {
        return body.as_bytes().to_vec();
    }
    let body = body.replace("=\r\n", "");
    let mut parts = body.split('=');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

#[tokio::test]
async fn an_accepted_order_is_mailed_to_its_supplier_with_everything_that_it_needs() {
    let office = Office::open().await;
    let accounts = [account("org", "100", ""), account("school", "0042", "")];
    office.reach("mill", &[mail_to("orders@mill.example")], &accounts).await;
    let (mut tablet, order, number) = office.order().await;
    assert_eq!(office.look(&number).await.row.state, PurchaseOrderState::ToSend);
    assert_eq!(office.told(&mut tablet, order).await, None);
    office.app.work().await;
    assert_eq!(office.told(&mut tablet, order).await, Some(PurchaseOrderState::Sent));
    let seen = office.look(&number).await;
    assert_eq!((seen.row.state, seen.row.order), (PurchaseOrderState::Sent, order));
    let [sent] = seen.dispatches.as_slice() else { panic!("{:?}", seen.dispatches) };
    assert_eq!((sent.state, sent.copy, &sent.by), (DispatchState::Sent, 1, &None));
    assert_eq!(sent.attempts[0].answer.as_deref(), Some("250 queued"));
    let [mail] = &office.mail.arrived()[..] else { panic!("{:?}", office.mail.arrived()) };
    assert_eq!(mail.to, "orders@mill.example");
    assert_eq!(mail.header("Reply-To").as_deref(), Some("buyer@org.example"));
    let subject = mail.header("Subject").unwrap();
    assert!(subject.contains(&number) && subject.contains("revision 1"), "{subject}");
    assert!(mail.message.is_ascii());
    // Every fact of the order is in the text that people read.
    let text = readable(&mail.message);
    let shown = seen.text.unwrap();
    assert_eq!(shown.account.as_deref(), Some("0042"), "the deepest place decides");
    let mut facts = vec![
        number.clone(),
        "Fri 6 Mar 2026".to_owned(),
        "0042".to_owned(),
        "12 bags (1 bag = 25 kg)".to_owned(),
        "19.50 EUR".to_owned(),
        "234.00 EUR".to_owned(),
    ];
    for line in &shown.lines {
        facts.push(line.description.clone());
        facts.extend(line.supplier_item_number.clone());
        facts.extend(line.gtin.clone());
    }
    facts.push(format!("{:.2} EUR", shown.payable.amount));
    for fact in facts {
        assert!(text.contains(&fact), "{fact:?} in {text}");
    }
    // What was sent can be looked at, byte for byte.
    let path = format!("/api/dispatches/{}/content", sent.id);
    let kept = office.buyer.get(&office.app, &path).await;
    // The protocol puts a line end before the final dot.
    assert_eq!(kept.body.trim_ascii_end(), mail.message.trim_end().as_bytes());
}

/// The names and the bytes of the files in a mail.
fn files(message: &str) -> Vec<(String, Vec<u8>)> {
    let files = message.split("filename=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once('"').unwrap();
        let (head, body) = rest.split_once("\r\n\r\n").unwrap();
        (name.to_owned(), decoded(head, body.split("\r\n--").next().unwrap()))
    });
    files.collect()
}

#[tokio::test]
async fn a_mail_brings_the_order_as_pdf_csv_and_ubl_and_the_desk_has_the_same_files() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[account("org", "0042", "")]).await;
    office.in_peppol("mill", "9930:DE123456789", "DE").await;
    office.mail.react([Reaction::Busy]);
    let (_, _, number) = office.order().await;
    office.app.work().await;
    // What is sent was written before the first attempt. A later change does not change it.
    office.in_peppol("mill", "", "").await;
    office.later().await;
    let [mail] = &office.mail.arrived()[..] else { panic!("{:?}", office.mail.arrived()) };
    let files = files(&mail.message);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["pdf", "csv", "xml"].map(|ending| format!("{number}-1.{ending}"));
    assert_eq!(names, expected);
    let pdf = pdf_extract::extract_text_from_mem(&files[0].1).unwrap();
    let ubl = String::from_utf8(files[2].1.clone()).unwrap();
    for fact in [number.as_str(), "0042"] {
        assert!(pdf.contains(fact) && ubl.contains(fact), "{fact} in {pdf} and {ubl}");
    }
    let seen = office.look(&number).await;
    assert_eq!(seen.ubl_gaps, [UblGap::SupplierAddress, UblGap::SupplierCountry]);
    let path = format!("/api/purchase-orders/{number}");
    let missing = office.buyer.get(&office.app, &format!("{path}/ubl")).await;
    assert_eq!(missing.code(), ErrorCode::NotFound);
    // With the same facts, the desk has the same bytes.
    office.in_peppol("mill", "9930:DE123456789", "DE").await;
    assert_eq!(office.look(&number).await.ubl_gaps, []);
    assert_eq!(office.file(&format!("{path}/pdf")).await, files[0].1);
    assert_eq!(office.file(&format!("{path}/ubl")).await, files[2].1);
}

#[tokio::test]
async fn a_folder_gets_the_ubl_beside_the_csv_and_an_order_without_it_only_the_csv() {
    let office = Office::open().await;
    office.reach("mill", &[OrderChannel::FileDrop("mill".to_owned())], &[]).await;
    let (_, _, plain) = office.order().await;
    office.app.work().await;
    office.in_peppol("mill", "9930:DE123456789", "DE").await;
    let (_, _, number) = office.order().await;
    office.app.work().await;
    let folder = office.folder.path().join("mill");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut expected =
        [format!("{plain}-1.csv"), format!("{number}-1.csv"), format!("{number}-1.xml")];
    expected.sort();
    assert_eq!(names, expected);
    let sent = office.look(&number).await.dispatches.remove(0);
    assert!(sent.has_ubl && !office.look(&plain).await.dispatches[0].has_ubl);
    let kept = office.file(&format!("/api/dispatches/{}/ubl", sent.id)).await;
    assert_eq!(kept, std::fs::read(folder.join(format!("{number}-1.xml"))).unwrap());
}

#[tokio::test]
async fn case_23_a_mail_server_that_dies_after_the_final_dot_gets_the_same_mail_once_more() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    office.mail.react([Reaction::TakesAndBreaks]);
    let (mut tablet, order, number) = office.order().await;
    office.app.work().await;
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::Uncertain);
    assert_eq!(office.told(&mut tablet, order).await, Some(PurchaseOrderState::Uncertain));
    assert_eq!(seen.dispatches[0].state, DispatchState::Uncertain);
    assert_eq!(seen.why_person, None, "the server tries once more");
    office.later().await;
    assert_eq!(office.look(&number).await.row.state, PurchaseOrderState::Sent);
    assert_eq!(office.told(&mut tablet, order).await, Some(PurchaseOrderState::Sent));
    let [first, second] = &office.mail.arrived()[..] else { panic!("{:?}", office.mail.arrived()) };
    assert_eq!(first, second, "the same bytes, with the same Message-ID and Date");
    assert!(first.header("Message-ID").unwrap().contains(&number));
}

#[tokio::test]
async fn what_was_perhaps_sent_twice_is_left_to_a_person_and_goes_to_no_other_channel() {
    let office = Office::open().await;
    let folder = OrderChannel::FileDrop("mill".to_owned());
    office.reach("mill", &[mail_to("orders@mill.example"), folder], &[]).await;
    office.mail.react([Reaction::TakesAndBreaks, Reaction::TakesAndBreaks]);
    let (_, _, number) = office.order().await;
    for _ in 0..5 {
        office.later().await;
    }
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::Uncertain);
    assert!(seen.why_person.unwrap().contains("ask the supplier"));
    assert_eq!(office.mail.arrived().len(), 2);
    assert!(!office.folder.path().join("mill").exists());
    assert!(!office.is_waiting(&number).await);
}

#[tokio::test]
async fn a_refusal_for_good_goes_on_to_the_next_channel_and_then_to_a_person() {
    let office = Office::open().await;
    let folder = OrderChannel::FileDrop("mill".to_owned());
    office.reach("mill", &[mail_to("nobody@mill.example"), folder], &[]).await;
    office.mail.react([Reaction::UnknownReceiver]);
    let (_, _, number) = office.order().await;
    office.app.work().await;
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::Sent);
    let states: Vec<_> = seen.dispatches.iter().map(|sent| sent.state).collect();
    assert_eq!(states, [DispatchState::Sent, DispatchState::Failed], "the latest comes first");
    let file = office.folder.path().join("mill").join(format!("{number}-1.csv"));
    let csv = std::fs::read_to_string(file).unwrap();
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().starts_with("supplier_item_number,description,quantity,unit"));
    assert_eq!(lines.count(), 2, "{csv}");
    office.reach("mill", &[mail_to("nobody@mill.example")], &[]).await;
    office.mail.react([Reaction::UnknownReceiver]);
    let (_, _, second) = office.order().await;
    office.app.work().await;
    let seen = office.look(&second).await;
    assert_eq!(seen.row.state, PurchaseOrderState::NeedsPerson);
    assert!(seen.why_person.unwrap().contains("no channel"));
    assert!(seen.dispatches[0].attempts[0].answer.as_ref().unwrap().contains("no such mailbox"));
}

#[tokio::test]
async fn a_mail_server_that_is_busy_or_away_gets_the_same_mail_later() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    office.mail.react([Reaction::Busy, Reaction::BreaksBefore]);
    let (_, _, number) = office.order().await;
    office.app.work().await;
    assert_eq!(office.look(&number).await.row.state, PurchaseOrderState::ToSend);
    assert!(office.is_waiting(&number).await);
    for _ in 0..2 {
        office.later().await;
    }
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::Sent);
    assert_eq!(seen.dispatches[0].attempts.len(), 3);
    assert_eq!(office.mail.arrived().len(), 1);
}

#[tokio::test]
async fn a_supplier_without_a_channel_is_left_to_a_person_who_says_what_they_did() {
    let office = Office::open().await;
    let (mut tablet, order, number) = office.order().await;
    office.app.work().await;
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::NeedsPerson);
    assert_eq!(office.told(&mut tablet, order).await, None, "nobody tried to send it");
    let listed: PurchaseOrderPage =
        office.buyer.get(&office.app, "/api/purchase-orders?state=needs_person").await.json();
    assert_eq!((listed.count, &listed.purchase_orders[0]), (1, &seen.row));
    let by_hand = format!("/api/purchase-orders/{number}/sent-by-hand");
    let says = |note: &str| SentByHandRequest { seen: 0, note: note.to_owned() };
    let refused = office.buyer.post(&office.app, &by_hand, &says("  ")).await;
    assert_eq!(refused.code(), ErrorCode::Unprocessable, "it needs a note");
    let finance = office.app.signed_in("fin", PersonRole::Finance, "org").await;
    let refused = finance.post(&office.app, &by_hand, &says("by phone")).await;
    assert_eq!(refused.code(), ErrorCode::Forbidden);
    let answered = office.buyer.post(&office.app, &by_hand, &says("by phone, Ms Weber")).await;
    let sent: PurchaseOrderDetail = answered.json();
    assert_eq!((sent.row.state, sent.why_person), (PurchaseOrderState::Sent, None));
    assert_eq!(sent.dispatches[0].note, "by phone, Ms Weber");
    assert_eq!(office.told(&mut tablet, order).await, Some(PurchaseOrderState::Sent));
    // Another person looked at the page before this. Their request is refused.
    let late = office.buyer.post(&office.app, &by_hand, &says("by fax")).await;
    assert_eq!(late.code(), ErrorCode::Unprocessable);
    let back = format!("/api/purchase-orders/{number}/not-sent");
    let taken: PurchaseOrderDetail = office.buyer.post(&office.app, &back, &()).await.json();
    assert_eq!(taken.row.state, PurchaseOrderState::NeedsPerson);
    assert_eq!(office.told(&mut tablet, order).await, Some(PurchaseOrderState::NeedsPerson));
    assert_eq!(taken.dispatches[0].state, DispatchState::TakenBack);
    let twice = office.buyer.post(&office.app, &back, &()).await;
    assert_eq!(twice.code(), ErrorCode::Unprocessable);
    // Once the supplier has a channel, a person can let the server send.
    let send = format!("/api/purchase-orders/{number}/send");
    let unreachable = office.buyer.post(&office.app, &send, &SendRequest { seen: 1 }).await;
    assert_eq!(unreachable.code(), ErrorCode::Unprocessable);
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    let asked: PurchaseOrderDetail =
        office.buyer.post(&office.app, &send, &SendRequest { seen: 1 }).await.json();
    assert_eq!(asked.row.state, PurchaseOrderState::ToSend);
    office.app.work().await;
    assert_eq!(office.mail.arrived().len(), 1);
}

#[tokio::test]
async fn a_person_can_send_a_second_copy_that_says_what_it_is() {
    let office = Office::open().await;
    let own = [account("school", "7", "school@mill.example")];
    office.reach("mill", &[mail_to("orders@mill.example")], &own).await;
    let (_, _, number) = office.order().await;
    office.app.work().await;
    let send = format!("/api/purchase-orders/{number}/send");
    let late = office.buyer.post(&office.app, &send, &SendRequest { seen: 0 }).await;
    assert_eq!(late.code(), ErrorCode::Unprocessable, "it was sent since");
    office.buyer.post(&office.app, &send, &SendRequest { seen: 1 }).await;
    office.app.work().await;
    let [first, second] = &office.mail.arrived()[..] else { panic!("{:?}", office.mail.arrived()) };
    assert_eq!(first.to, "school@mill.example", "the address of the account");
    assert_ne!(first.header("Message-ID"), second.header("Message-ID"));
    assert!(readable(&second.message).contains("It is sent again"));
    let seen = office.look(&number).await;
    assert_eq!((seen.dispatches[0].copy, seen.dispatches[0].by.as_deref()), (2, Some("buyer")));
}

#[tokio::test]
async fn an_order_whose_delivery_day_has_passed_is_not_sent_by_the_server() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    let (_, _, number) = office.order().await;
    office.app.set_time("2026-03-09T09:00:00Z");
    office.app.work().await;
    let buyer = office.app.signed_in("later", PersonRole::Procurement, "org").await;
    let path = format!("/api/purchase-orders/{number}");
    let seen: PurchaseOrderDetail = buyer.get(&office.app, &path).await.json();
    assert_eq!(seen.row.state, PurchaseOrderState::NeedsPerson);
    assert!(seen.why_person.unwrap().contains("has passed"));
    assert!(office.mail.arrived().is_empty());
}

#[tokio::test]
async fn a_restored_server_sends_nothing_that_may_have_been_sent_after_the_copy() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    let (_, _, number) = office.order().await;
    let mut write = office.app.state.store.write().await.unwrap();
    begin_incarnation(&mut write, &[7; RANDOM]).await.unwrap();
    write.commit().await.unwrap();
    office.later().await;
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::Unknown);
    assert!(seen.why_person.unwrap().contains("restored"));
    assert!(office.mail.arrived().is_empty());
}

#[tokio::test]
async fn a_job_that_an_administrator_cancels_leaves_its_order_to_a_person() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    let (_, _, number) = office.order().await;
    let admin = office.app.signed_in("root", PersonRole::Admin, "org").await;
    let jobs = office.app.state.store.jobs(100).await.unwrap();
    let job = jobs.iter().find(|job| job.key == number).unwrap();
    admin.post(&office.app, &format!("/api/jobs/{}/cancel", job.id), &()).await;
    let seen = office.look(&number).await;
    assert_eq!(seen.row.state, PurchaseOrderState::NeedsPerson);
    assert!(seen.why_person.unwrap().contains("administrator"));
}

#[tokio::test]
async fn two_servers_of_one_database_send_each_order_once() {
    let office = Office::open().await;
    office.reach("mill", &[mail_to("orders@mill.example")], &[]).await;
    let mut numbers = Vec::new();
    for _ in 0..4 {
        numbers.push(office.order().await.2);
    }
    let outgoing = office.app.state.settings.outgoing.clone();
    let second = office.app.second_node().await.with_settings(|settings| {
        settings.outgoing = outgoing;
    });
    tokio::join!(office.app.work(), second.work());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut arrived: Vec<_> =
        office.mail.arrived().iter().map(|mail| mail.header("Message-ID")).collect();
    arrived.sort();
    arrived.dedup();
    assert_eq!((arrived.len(), office.mail.arrived().len()), (4, 4));
    for number in numbers {
        assert_eq!(office.look(&number).await.row.state, PurchaseOrderState::Sent);
    }
}
