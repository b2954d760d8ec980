//! The translation table: every text the app shows, English beside German. `{name}` is a placeholder.

use super::Language;

/// Makes the table: a text without one of the languages does not compile.
macro_rules! texts {
    ($($name:ident: $english:literal, $german:literal;)*) => {
        /// A text of the app.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Text { $($name,)* }

        impl Text {
            /// Every text.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The text in a language.
            #[must_use]
            pub fn in_language(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::English) => $english, (Self::$name, Language::German) => $german,)*
                }
            }
        }
    };
}

texts! {
    // The shell.
    SkipToContent: "Skip to content", "Zum Inhalt springen";
    Navigation: "Main pages", "Hauptseiten";
    NavHome: "Home", "Start";
    NavGuide: "Order guide", "Bestellliste";
    NavFind: "Find", "Suchen";
    NavSettings: "Settings", "Einstellungen";
    Notices: "Notices", "Hinweise";
    Dismiss: "Dismiss", "Ausblenden";
    Close: "Close", "Schließen";
    Undo: "Undo", "Rückgängig";
    ToHome: "Go to the start page", "Zur Startseite";
    PageNotFound: "There is nothing at this address", "Unter dieser Adresse gibt es nichts";
    Never: "never", "nie";
    State: "State", "Zustand";

    // Days of the week.
    Monday: "Monday", "Montag";
    Tuesday: "Tuesday", "Dienstag";
    Wednesday: "Wednesday", "Mittwoch";
    Thursday: "Thursday", "Donnerstag";
    Friday: "Friday", "Freitag";
    Saturday: "Saturday", "Samstag";
    Sunday: "Sunday", "Sonntag";
    MondayShort: "Mon", "Mo";
    TuesdayShort: "Tue", "Di";
    WednesdayShort: "Wed", "Mi";
    ThursdayShort: "Thu", "Do";
    FridayShort: "Fri", "Fr";
    SaturdayShort: "Sat", "Sa";
    SundayShort: "Sun", "So";

    // The order guide.
    GuideEmpty: "The order guide is empty. Put into it what this site keeps in stock, area by area.", "Die Bestellliste ist leer. Hinein kommt, was dieser Standort vorrätig hält, Bereich für Bereich.";
    GuideBegin: "Begin the guide", "Liste beginnen";
    GuideEdit: "Edit guide and site", "Liste und Standort bearbeiten";
    GuideElsewhere: "In no area", "In keinem Bereich";
    Par: "Par", "Sollbestand";
    ParToday: "Par today: {par}", "Soll heute: {par}";
    ParContested: "Par today: two values, choose below", "Soll heute: zwei Werte, bitte unten wählen";
    NoPar: "no par", "kein Soll";
    ParOnDays: "{days} {par}", "{days} {par}";
    ParsNotSaved: "Nothing is saved yet. Correct the days that are marked.", "Noch nichts gespeichert. Bitte die markierten Tage berichtigen.";
    ParsChanged: "Pars changed: {item}", "Sollbestände geändert: {item}";
    GuideLineRemoved: "Taken out of the guide: {item}", "Aus der Bestellliste genommen: {item}";
    AreaRemoved: "Area removed: {name}. Its items are in no area now.", "Bereich entfernt: {name}. Die Artikel darin stehen jetzt in keinem Bereich.";
    NoParToday: "No par today", "Heute kein Soll";
    ParIn: "How many there should be, in {unit}. An empty day has no par.", "Wie viel da sein soll, in {unit}. Ein leerer Tag hat kein Soll.";
    ParEveryDay: "Every day as on Monday", "Jeden Tag wie am Montag";
    SavePar: "Save pars", "Sollbestände speichern";
    OnHand: "On hand", "Vorhanden";
    Count: "Count", "Zählen";
    CountIn: "Count {unit}", "{unit} zählen";
    SaveCount: "Save count", "Zählung speichern";
    SaveAndNext: "Save, next item", "Speichern, nächster Artikel";
    SkipCount: "Skip", "Überspringen";
    NotCounted: "Not counted", "Nicht gezählt";
    CountProgress: "{counted} of {all} counted", "{counted} von {all} gezählt";
    LastCount: "Last count: {quantity}, {day}", "Zuletzt gezählt: {quantity}, {day}";
    CountFar: "{quantity}? The par is {par}. Save once more if that is right.", "{quantity}? Das Soll ist {par}. Noch einmal speichern, wenn das stimmt.";
    OnOrderDue: "On order: {quantity}, {day}", "Bestellt: {quantity}, {day}";
    OnADraft: "On a draft: {quantity}", "Auf einem Entwurf: {quantity}";
    OrderSuggested: "Suggested: {quantity}", "Vorschlag: {quantity}";
    Enough: "Enough", "Genug da";
    MissingOne: "{count} item to order", "{count} Artikel zu bestellen";
    MissingMany: "{count} items to order", "{count} Artikel zu bestellen";
    KeepLine: "Keep it", "Behalten";
    TakeOutLine: "Take it out", "Entfernen";

    // What the site says of itself.
    SiteTitle: "Site: {site}", "Standort: {site}";
    SiteLink: "Order guide, receiving hours, contacts", "Bestellliste, Annahmezeiten, Kontakte";
    AreaName: "Name of the area", "Name des Bereichs";
    AreaNameHint: "Cold room, dry store …", "Kühlraum, Trockenlager …";
    AreaOf: "Area", "Bereich";
    AreaEmpty: "Nothing stands here yet.", "Hier steht noch nichts.";
    AddArea: "Add area", "Bereich anlegen";
    MoveUp: "{name}: up", "{name}: nach oben";
    MoveDown: "{name}: down", "{name}: nach unten";
    RemoveNamed: "Remove {name}", "{name} entfernen";
    AddToGuideTitle: "Add items", "Artikel aufnehmen";
    AddToGuide: "+ Add", "+ Aufnehmen";
    InGuide: "✓ In the guide", "✓ In der Liste";
    ReceivingHours: "Receiving hours", "Annahmezeiten";
    HoursFrom: "from", "von";
    HoursTo: "until", "bis";
    HoursBackwards: "Not saved: ends before it begins", "Nicht gespeichert: endet vor dem Beginn";
    HoursIncomplete: "Not saved: give both times", "Nicht gespeichert: beide Zeiten angeben";
    HoursRemoved: "No more deliveries on {day}", "Keine Annahme mehr: {day}";
    ContactRemoved: "Contact removed: {name}", "Kontakt entfernt: {name}";
    NameMissing: "Give a name first", "Bitte zuerst einen Namen angeben";
    NoDeliveries: "No deliveries", "Keine Annahme";
    DeliveryInstructions: "Delivery instructions", "Hinweise für Fahrer";
    NoInstructions: "none", "keine";
    Contacts: "Contacts", "Kontakte";
    ContactName: "Name", "Name";
    ContactRole: "For what", "Wofür";
    Telephone: "Telephone", "Telefon";
    AddContact: "Add contact", "Kontakt anlegen";

    // The first visit.
    WelcomeTitle: "Welcome to Calloff", "Willkommen bei Calloff";
    WelcomeLead: "What is this browser for?", "Wofür ist dieser Browser da?";
    ChooseTablet: "Order at a site", "An einem Standort bestellen";
    ChooseTabletHint: "Enrol this tablet with a code from your administrator", "Dieses Tablet mit einem Code der Verwaltung anmelden";
    ChooseDesk: "Work at head office", "In der Zentrale arbeiten";
    ChooseDeskHint: "Sign in with your name and password", "Mit Name und Kennwort anmelden";
    StorageBrokenTitle: "Calloff cannot keep anything on this device", "Calloff kann auf diesem Gerät nichts speichern";

    // Enrolment.
    EnrolTitle: "Enrol this tablet", "Dieses Tablet anmelden";
    EnrolLead: "A code works once. Afterwards this tablet orders for its site, with or without a network.", "Ein Code gilt einmal. Danach bestellt dieses Tablet für seinen Standort, mit oder ohne Netz.";
    EnrolAgainTitle: "Enrol this tablet again", "Dieses Tablet neu anmelden";
    EnrolAgainLead: "Head office no longer knows this tablet. Everything on it is kept, and what was not sent goes out as soon as it is enrolled again.", "Die Zentrale kennt dieses Tablet nicht mehr. Alles darauf bleibt erhalten, und was nicht gesendet wurde, geht hinaus, sobald es neu angemeldet ist.";
    EnrolAgainUnsent: "{waiting}. They belong to {site}: ask for a code for that site.", "{waiting}. Sie gehören zu {site}: Gebraucht wird ein Code für diesen Standort.";
    EnrolCodeElsewhere: "This code is for another site, and this tablet still holds work of {site}. Ask for a code for {site}; this one stays good.", "Dieser Code gilt für einen anderen Standort, und auf diesem Tablet liegt noch Arbeit von {site}. Die Verwaltung gibt einen Code für {site} aus; dieser bleibt gültig.";
    EnrolAgain: "Enrol again", "Neu anmelden";
    EnrolCode: "Enrolment code", "Anmeldecode";
    EnrolName: "Name of this tablet", "Name dieses Tablets";
    EnrolNameHint: "For example: Kitchen, Ward 3, Store room", "Zum Beispiel: Küche, Station 3, Lager";
    EnrolSubmit: "Enrol", "Anmelden";
    EnrolBusy: "Enrolling…", "Wird angemeldet …";
    EnrolledFor: "This tablet orders for {site}.", "Dieses Tablet bestellt für {site}.";
    EnrolCodeInvalid: "This code is unknown, was used, or has expired. Ask your administrator for a new one.", "Dieser Code ist unbekannt, verbraucht oder abgelaufen. Die Verwaltung gibt einen neuen aus.";
    EnrolOffline: "The server cannot be reached. Connect this tablet to the network and try again: the code stays good.", "Der Server ist nicht erreichbar. Tablet mit dem Netz verbinden und noch einmal versuchen: Der Code bleibt gültig.";
    EnrolTooOften: "Too many attempts. Wait a minute and try again.", "Zu viele Versuche. Eine Minute warten und noch einmal versuchen.";
    EnrolFailed: "The tablet could not be enrolled", "Das Tablet konnte nicht angemeldet werden";

    // People.
    WhoOrders: "Who is ordering?", "Wer bestellt?";
    WhoOrdersLead: "Everything you do on this tablet is kept under your name.", "Was auf diesem Tablet getan wird, steht unter diesem Namen.";
    NoStaff: "Nobody is set up for this site yet. Ask your administrator.", "Für diesen Standort ist noch niemand eingetragen. Bitte an die Verwaltung wenden.";
    Pin: "PIN", "PIN";
    PinTitle: "{name}, your PIN", "{name}, Ihre PIN";
    PinEnter: "Sign in", "Anmelden";
    PinChecking: "Checking…", "Wird geprüft …";
    PinWrong: "Wrong PIN. Try again.", "Falsche PIN. Noch einmal versuchen.";
    PinWait: "Too many wrong PINs. Try again in {seconds} s.", "Zu viele falsche PINs. In {seconds} s wieder versuchen.";
    PinOther: "Somebody else", "Jemand anderes";
    PinForgotten: "Forgotten? Your manager sets a new one.", "Vergessen? Die Leitung setzt eine neue.";
    ChangePerson: "change who is ordering", "wechseln, wer bestellt";

    // The sync chip and what stands behind it.
    SyncTitle: "Sending and receiving", "Senden und Empfangen";
    SyncConnecting: "Connecting", "Wird verbunden";
    SyncSynced: "All sent", "Alles gesendet";
    SyncSending: "Sending", "Wird gesendet";
    SyncUnsent: "Waiting to send", "Wartet auf Senden";
    SyncOffline: "Offline", "Ohne Netz";
    SyncAttention: "Needs help", "Braucht Hilfe";
    SyncOutdated: "Update needed", "Update nötig";
    LookForUpdate: "Look for an update", "Nach einem Update suchen";
    ChipOrdersOne: "{count} order waiting to send", "{count} Bestellung wartet auf das Senden";
    ChipOrdersMany: "{count} orders waiting to send", "{count} Bestellungen warten auf das Senden";
    ChipChanges: "Changes waiting to send", "Änderungen warten auf das Senden";
    UnsentOne: "{count} change not sent", "{count} Änderung nicht gesendet";
    UnsentMany: "{count} changes not sent", "{count} Änderungen nicht gesendet";
    LastContact: "{age}", "{age}";
    LastContactLabel: "Last contact with head office", "Letzter Kontakt mit der Zentrale";
    Waiting: "Waiting here", "Wartet hier";
    AgeNow: "just now", "gerade eben";
    AgeMinutes: "{count} min ago", "vor {count} Min.";
    AgeHours: "{count} h ago", "vor {count} Std.";
    AgeDays: "{count} d ago", "vor {count} T.";
    AdviceCredential: "Head office no longer knows this tablet. Nothing is lost: ask your administrator for a new code and enrol this tablet again.", "Die Zentrale kennt dieses Tablet nicht mehr. Nichts ist verloren: Die Verwaltung gibt einen neuen Code aus, mit dem dieses Tablet neu angemeldet wird.";
    AdviceTooOld: "This app is too old to send. Nothing is lost: update it.", "Diese App ist zu alt zum Senden. Nichts ist verloren: bitte aktualisieren.";
    AdviceError: "The server answers with an error. It is tried again by itself; nothing is lost.", "Der Server antwortet mit einem Fehler. Es wird von selbst weiter versucht; nichts ist verloren.";
    AdviceOffline: "No connection. Go on working: everything is kept here and goes out by itself.", "Keine Verbindung. Einfach weiterarbeiten: Alles bleibt hier gespeichert und geht von selbst hinaus.";

    // Home.
    HomeTitle: "Hello, {name}", "Hallo, {name}";
    NewOrder: "New order", "Neue Bestellung";
    NeedsAttention: "Needs attention", "Zu erledigen";
    NoDrafts: "No drafts. Begin with a new order.", "Keine Entwürfe. Mit einer neuen Bestellung beginnen.";
    OwnDrafts: "Your drafts", "Eigene Entwürfe";
    OtherDrafts: "Drafts of others", "Entwürfe anderer";
    SentOrders: "Sent orders", "Gesendete Bestellungen";
    NoneSent: "Nothing was sent yet.", "Noch wurde nichts gesendet.";
    ArrivesToday: "Today", "Heute";
    ArrivesTomorrow: "Tomorrow", "Morgen";
    ArrivesLater: "Later", "Später";
    ArrivedEarlier: "Delivered or earlier", "Geliefert oder früher";
    WithPerson: "with {name}", "bei {name}";
    LineOne: "{count} item", "{count} Artikel";
    LineMany: "{count} items", "{count} Artikel";
    ConflictOne: "{count} choice to make", "{count} Entscheidung offen";
    ConflictMany: "{count} choices to make", "{count} Entscheidungen offen";
    OnlyHere: "Saved on this tablet, not sent yet", "Auf diesem Tablet gespeichert, noch nicht gesendet";
    StateDraft: "Draft", "Entwurf";
    StateSaved: "Will be sent when online", "Wird gesendet, sobald online";
    StepSaved: "Saved on this tablet", "Auf diesem Tablet gespeichert";
    StateAtHeadOffice: "At head office", "In der Zentrale";
    StateAccepted: "Accepted", "Angenommen";
    StateRefused: "Refused", "Abgelehnt";
    StateWaiting: "Waits for procurement", "Wartet auf den Einkauf";

    // The catalogue.
    Catalogue: "Catalogue", "Katalog";
    CatalogueLoading: "Opening the catalogue…", "Katalog wird geöffnet …";
    CatalogueFetching: "Fetching the catalogue…", "Katalog wird geholt …";
    CatalogueMissing: "No catalogue on this tablet yet. It is fetched as soon as the server can be reached.", "Noch kein Katalog auf diesem Tablet. Er wird geholt, sobald der Server erreichbar ist.";
    CatalogueRefused: "A catalogue was refused, the last good one stays in use: {reason}", "Ein Katalog wurde abgelehnt, der letzte gute bleibt in Gebrauch: {reason}";
    ReleaseNumber: "Release {number}", "Ausgabe {number}";
    ItemOne: "{count} item", "{count} Artikel";
    ItemMany: "{count} items", "{count} Artikel";

    // Find and the item's sheet.
    SearchLabel: "Search the catalogue", "Katalog durchsuchen";
    SearchPlaceholder: "Name, brand or number", "Name, Marke oder Nummer";
    SearchHint: "Type a few letters to search {count} items. This works without a network.", "Ein paar Buchstaben tippen, um {count} Artikel zu durchsuchen. Das geht auch ohne Netz.";
    NothingFound: "Nothing matches “{typed}”. Try fewer words or another spelling.", "Nichts passt zu „{typed}“. Weniger Wörter oder eine andere Schreibweise versuchen.";
    ResultsOne: "{count} item found", "{count} Artikel gefunden";
    ResultsMany: "{count} items found", "{count} Artikel gefunden";
    ResultsAtLeast: "{count} or more items found", "{count} oder mehr Artikel gefunden";
    ShowMore: "Show more", "Mehr zeigen";
    OnThisOrder: "{count} on this order", "{count} auf dieser Bestellung";
    ViewOrder: "View order", "Bestellung ansehen";
    Item: "Item", "Artikel";
    Price: "Contract price", "Vertragspreis";
    Supplier: "Supplier", "Lieferant";
    Package: "Sold as", "Verkauft als";
    PackageOf: "{unit} of {content}", "{unit} mit {content}";
    Delivery: "Delivery", "Lieferung";
    Amount: "Amount", "Betrag";
    Quantity: "Quantity", "Menge";
    Less: "Less", "Weniger";
    More: "More", "Mehr";
    Backspace: "Delete the last digit", "Letzte Ziffer löschen";
    AddToOrder: "Add to order", "Zur Bestellung";
    QuantityOf: "Quantity: {item}", "Menge: {item}";
    QuantityMeant: "“{typed}”: which number is meant?", "„{typed}“: Welche Zahl ist gemeint?";
    QuantityNoNumber: "“{typed}” is no number. Type only the number, like 12.", "„{typed}“ ist keine Zahl. Nur die Zahl eingeben, zum Beispiel 12.";
    QuantityNegative: "“{typed}” is below zero.", "„{typed}“ liegt unter null.";
    QuantityTooMuch: "At most {most}.", "Höchstens {most}.";
    QuantityTooFine: "At most {places} decimal places.", "Höchstens {places} Stellen nach dem Komma.";
    PackHolds: "1 {unit} = {content}", "1 {unit} = {content}";
    SoldInSteps: "sold in steps of {step}, {range}", "nur in Schritten von {step}, {range}";
    SoldFrom: "{least} or more", "ab {least}";
    SoldFromTo: "{least} to {most}", "{least} bis {most}";
    AddQuantity: "Add {quantity} · {amount}", "{quantity} hinzufügen · {amount}";
    ChangeTo: "Change to {quantity} · {amount}", "Auf {quantity} ändern · {amount}";
    TakeOffOrder: "Take off the order", "Von der Bestellung nehmen";
    YesReally: "Yes. {what}", "Ja. {what}";
    FarBeyondMost: "{quantity}? The most that was ordered here at once is {usual}.", "{quantity}? Höchstens bestellt wurden hier bisher {usual} auf einmal.";
    FarBeyondPar: "{quantity}? The par here is {usual}.", "{quantity}? Das Soll ist hier {usual}.";
    FarBeyondNever: "{quantity}? It was never ordered here before.", "{quantity}? Hier wurde das noch nie bestellt.";
    PriceBreaks: "Price breaks", "Staffelpreise";
    PriceFrom: "from {from}: {price}", "ab {from}: {price}";
    CutOff: "Order by", "Bestellen bis";
    MinimumOrder: "Minimum order", "Mindestbestellwert";
    MinimumSoFar: "{minimum}; this order has {total} of it", "{minimum}; davon hat diese Bestellung {total}";
    WhyNot: "Why can’t I order this?", "Warum kann ich das nicht bestellen?";
    SaveQuantity: "Save quantity", "Menge speichern";
    SubstituteComes: "Approved substitute: {item}", "Zugelassener Ersatz: {item}";
    BelowMinimum: "Sold from {least}. Order {offered}?", "Erst ab {least} bestellbar. {offered} bestellen?";
    AboveMaximum: "At most {most} per line. Order {offered}?", "Höchstens {most} je Position. {offered} bestellen?";
    AboveAllotment: "Only {offered} are left of this site’s part of the contract. Order {offered}?", "Vom Anteil dieses Standorts am Vertrag sind nur {offered} übrig. {offered} bestellen?";
    NotOnIncrement: "Sold in steps of {step}. Order {offered}?", "Nur in Schritten von {step}. {offered} bestellen?";
    NotWhole: "Only whole ones are sold. Order {offered}?", "Nur ganze sind bestellbar. {offered} bestellen?";
    TakesSeveralLines: "It takes several lines:", "Dafür braucht es mehrere Zeilen:";
    TakeSeveralLines: "Split into {parts}", "Aufteilen in {parts}";
    AskForMore: "Ask head office for more of this contract", "Bei der Zentrale mehr aus diesem Vertrag anfragen";
    TopUpGiven: "Head office gave {given} more of this contract.", "Die Zentrale gab {given} mehr aus diesem Vertrag.";
    TopUpNothing: "Head office has nothing left of this contract.", "Die Zentrale hat aus diesem Vertrag nichts mehr übrig.";
    TopUpFailed: "Head office could not be asked: {reason}", "Die Zentrale war nicht zu fragen: {reason}";
    NoSourceUnknown: "This item is not in the catalogue", "Dieser Artikel steht nicht im Katalog";
    NoSourceSite: "The catalogue does not know this site", "Der Katalog kennt diesen Standort nicht";
    NoSourceQuantity: "Enter a quantity above zero", "Eine Menge über null eingeben";
    NoSourceNotOnContract: "Not on a contract", "In keinem Vertrag";
    NoSourceRejected: "No contract supplies it here today", "Heute liefert es hier kein Vertrag";
    Why: "Why this supplier?", "Warum dieser Lieferant?";
    HideWhy: "Hide the reasons", "Gründe ausblenden";
    LookedAtOne: "{count} contract line was looked at.", "{count} Vertragszeile wurde geprüft.";
    LookedAtMany: "{count} contract lines were looked at.", "{count} Vertragszeilen wurden geprüft.";
    VerdictChosen: "Chosen", "Gewählt";
    VerdictPossible: "Possible", "Möglich";
    VerdictOut: "Not possible", "Nicht möglich";
    Contract: "Contract", "Vertrag";
    Line: "line", "Zeile";

    // An order.
    Order: "Order", "Bestellung";
    OrderEmpty: "Nothing is on this order yet.", "Auf dieser Bestellung steht noch nichts.";
    AddItems: "Add items", "Artikel hinzufügen";
    NeedsDecision: "Needs a decision", "Braucht eine Entscheidung";
    AcceptQuantity: "Order {quantity}", "{quantity} bestellen";
    ChangeQuantity: "Change quantity", "Menge ändern";
    Remove: "Remove", "Entfernen";
    RemoveLine: "Remove {item}", "{item} entfernen";
    Removed: "removed", "entfernt";
    BelowMinimumOrder: "{missing} below the supplier’s minimum order", "{missing} unter dem Mindestbestellwert";
    MinimumReached: "Minimum order of {minimum} reached", "Mindestbestellwert von {minimum} erreicht";
    ConflictTitle: "Two people changed this. Which is right?", "Zwei Personen haben das geändert. Was gilt?";
    Note: "Note", "Notiz";
    NoNote: "no note", "keine Notiz";
    Total: "Total", "Summe";
    SettleFirst: "Settle what is marked above, then send.", "Erst das oben Markierte klären, dann senden.";
    Send: "Send order", "Bestellung senden";
    SendTitle: "Send this order?", "Diese Bestellung senden?";
    SendNow: "Send now", "Jetzt senden";
    NotYet: "Not yet", "Noch nicht";
    WhatHappensNext: "The order is saved on this tablet at once. Head office checks it as soon as there is a connection and orders from the suppliers.", "Die Bestellung wird sofort auf diesem Tablet gespeichert. Sobald Verbindung besteht, prüft die Zentrale sie und bestellt bei den Lieferanten.";
    DuplicateWarning: "An order to {suppliers} for the same delivery day is on its way already.", "Eine Bestellung bei {suppliers} für denselben Liefertag ist schon unterwegs.";
    RefusedTitle: "Head office refused this order", "Die Zentrale hat diese Bestellung abgelehnt";
    RefusedNext: "Change what is named and send it again, or start again from these lines.", "Das Genannte ändern und erneut senden, oder mit diesen Zeilen neu beginnen.";
    StartAgain: "Start again from these lines", "Mit diesen Zeilen neu beginnen";
    HeldBackTitle: "Sending went wrong", "Das Senden hat nicht geklappt";
    HeldBackMeans: "Nothing is lost: the order stays here. Try again; if it does not help, show your administrator this:", "Nichts ist verloren: Die Bestellung bleibt hier. Noch einmal versuchen; hilft das nicht, der Verwaltung dies zeigen:";
    WhereItIs: "Where the order is", "Wo die Bestellung ist";
    NextSaved: "Saved on this tablet. It goes to head office by itself as soon as there is a connection.", "Auf diesem Tablet gespeichert. Sie geht von selbst an die Zentrale, sobald Verbindung besteht.";
    NextAtHeadOffice: "Head office has the order and is checking it.", "Die Zentrale hat die Bestellung und prüft sie.";
    NextWaiting: "Head office has the order. Procurement decides whether these prices are honoured; there is nothing to do here.", "Die Zentrale hat die Bestellung. Der Einkauf entscheidet, ob diese Preise gelten; hier ist nichts zu tun.";
    WaitingTitle: "What procurement decides about", "Worüber der Einkauf entscheidet";
    HonouredBy: "{name} ordered it at the prices of the day it was sent for: {reason}", "{name} hat sie zu den Preisen bestellt, für die sie gesendet wurde: {reason}";
    NextAccepted: "Accepted. These are the purchase orders to the suppliers.", "Angenommen. Das sind die Bestellungen an die Lieferanten.";

    // A draft: whose it is, and whether anybody wants it.
    NameOrder: "Name", "Benennen";
    NameOrderTitle: "What is this order called?", "Wie heißt diese Bestellung?";
    NameOrderHint: "For example: Wedding on Saturday", "Zum Beispiel: Hochzeit am Samstag";
    SaveName: "Save name", "Namen speichern";
    HandOver: "Hand over", "Übergeben";
    HandOverTitle: "Who goes on with this order?", "Wer macht mit dieser Bestellung weiter?";
    HandOverNobody: "Nobody else is set up for this site.", "Für diesen Standort ist sonst niemand eingetragen.";
    HandedOver: "{order} is with {name} now.", "{order} ist jetzt bei {name}.";
    Discard: "Discard", "Verwerfen";
    OrderDiscarded: "Discarded: {order}", "Verworfen: {order}";
    DiscardedBy: "{name} discarded this order, {time}.", "{name} hat diese Bestellung verworfen, {time}.";
    DiscardOvertaken: "{name} discarded this order, {time}. Somebody changed it without knowing that, so it is still here.", "{name} hat diese Bestellung verworfen, {time}. Jemand hat sie geändert, ohne das zu wissen; darum ist sie noch da.";
    StateDiscardOvertaken: "Changed after it was discarded", "Nach dem Verwerfen geändert";
    BringBack: "Bring it back", "Zurückholen";
    NoName: "no name", "kein Name";
    NameConflict: "Name", "Name";
    HolderConflict: "Who goes on with it", "Wer weitermacht";
    WithWhoBegan: "{name}, who began it", "{name}, von wem sie stammt";

    // A draft: before it is sent.
    TakeAllSuggestions: "Take all {count} suggestions", "Alle {count} Vorschläge übernehmen";
    SettleOne: "{count} to settle first", "Erst {count} klären";
    SettleMany: "{count} to settle first", "Erst {count} klären";
    OrderBy: "order by {time}", "bestellen bis {time}";
    OrderByMinutes: "order by {time}, {minutes} min left", "bestellen bis {time}, noch {minutes} Min.";
    Charge: "Charge", "Zuschlag";
    Allowance: "Allowance", "Nachlass";
    TotalWithCharges: "Total with charges", "Summe mit Zuschlägen";
    PricesChanged: "Prices changed since they were last seen here", "Preise haben sich geändert, seit sie hier zuletzt zu sehen waren";
    PriceNow: "now {amount} in all", "jetzt zusammen {amount}";
    NowFrom: "now from {supplier}", "jetzt von {supplier}";
    Understood: "Understood", "Verstanden";

    // An earlier order once more, and to which order lines go.
    Reorder: "Reorder", "Nachbestellen";
    ReorderNamed: "Reorder {order}", "{order} nachbestellen";
    ReorderTitle: "Order this once more?", "Das noch einmal bestellen?";
    ReorderPrices: "At the prices and for the first delivery of today:", "Zu den Preisen und zur ersten Lieferung von heute:";
    ReorderChanges: "Prices that changed since:", "Preise, die sich seither geändert haben:";
    ReorderMissing: "No longer on a contract, and left out: {items}", "In keinem Vertrag mehr und darum ausgelassen: {items}";
    ReorderNothing: "Nothing of this order is on a contract today.", "Nichts von dieser Bestellung steht heute in einem Vertrag.";
    ReorderOne: "New order with {count} item", "Neue Bestellung mit {count} Artikel";
    ReorderMany: "New order with {count} items", "Neue Bestellung mit {count} Artikeln";
    MissingToOne: "Add {count} item to {order}", "{count} Artikel auf {order}";
    MissingToMany: "Add {count} items to {order}", "{count} Artikel auf {order}";
    MissingChooseOne: "Add {count} item to an order…", "{count} Artikel auf eine Bestellung …";
    MissingChooseMany: "Add {count} items to an order…", "{count} Artikel auf eine Bestellung …";
    ChooseOrder: "To which order?", "Auf welche Bestellung?";
    FindBegins: "A new order begins with the first item.", "Mit dem ersten Artikel beginnt eine neue Bestellung.";
    FindGoOn: "Or go on with:", "Oder weiter mit:";
    FindFor: "Items go on: {order}", "Artikel kommen auf: {order}";

    // Settings.
    ThisTablet: "This tablet", "Dieses Tablet";
    Site: "Site", "Standort";
    Organisation: "Organisation", "Organisation";
    Storage: "Storage", "Speicher";
    KeepingPromised: "Kept even when the device runs short of space", "Bleibt auch bei knappem Platz erhalten";
    KeepingWhileRoom: "Kept as long as the device has room", "Bleibt, solange das Gerät Platz hat";
    KeepingUnknown: "The browser does not say", "Der Browser sagt dazu nichts";
    Appearance: "Language and colours", "Sprache und Farben";
    LanguageLabel: "Language", "Sprache";
    Colours: "Colours", "Farben";
    ThemeDevice: "As the device", "Wie das Gerät";
    ThemeLight: "Light", "Hell";
    ThemeDark: "Dark", "Dunkel";

    // Notices.
    NotSaved: "Not saved: {reason}", "Nicht gespeichert: {reason}";
    NotDone: "Not done: {reason}", "Nicht ausgeführt: {reason}";
    NotApplied: "A change made here no longer fits: {reason}", "Eine Änderung von hier passt nicht mehr: {reason}";
    QuantityNotApplied: "{item}: the quantity {quantity} was not taken, because {reason}", "{item}: Die Menge {quantity} wurde nicht übernommen, denn {reason}";
    NoteNotApplied: "This note was not taken, because {reason}: {note}", "Diese Notiz wurde nicht übernommen, denn {reason}: {note}";
    SubmissionNotApplied: "An order was not sent, because {reason}. It is a draft again.", "Eine Bestellung wurde nicht gesendet, denn {reason}. Sie ist wieder ein Entwurf.";
    ReasonChangedMeanwhile: "somebody else changed this meanwhile", "inzwischen hat es jemand anderes geändert";
    ReasonNoSuchLine: "the line is no longer on the order", "die Zeile steht nicht mehr auf der Bestellung";
    ReasonAlreadySent: "the order had been sent", "die Bestellung war schon gesendet";
    ReasonOrderFull: "the order was full", "die Bestellung war voll";
    SettingNotApplied: "{what}: a change made here was not taken, because {reason}", "{what}: Eine Änderung von hier wurde nicht übernommen, denn {reason}";
    UpdateNeeded: "Something that head office sent was written by a newer version of the app: update it to see it", "Die Zentrale hat etwas geschickt, das eine neuere Version der App geschrieben hat: bitte die App aktualisieren";
    LinesMoved: "The order had been sent already. In a new draft: {lines}.", "Die Bestellung war schon gesendet. In einem neuen Entwurf: {lines}.";
    DiscardNotApplied: "An order was not discarded, because {reason}.", "Eine Bestellung wurde nicht verworfen, denn {reason}.";
    BringBackNotApplied: "An order was not brought back, because {reason}.", "Eine Bestellung wurde nicht zurückgeholt, denn {reason}.";
    NameNotApplied: "An order was not named “{name}”, because {reason}.", "Eine Bestellung wurde nicht „{name}“ genannt, denn {reason}.";
    HandOverNotApplied: "An order was not handed over to {name}, because {reason}.", "Eine Bestellung wurde nicht an {name} übergeben, denn {reason}.";
    Open: "Open", "Öffnen";
    HeldBack: "Head office did not take an order: {reason}", "Die Zentrale hat eine Bestellung nicht angenommen: {reason}";
    OrderUnreadable: "An order on this tablet cannot be read, it is fetched again: {reason}", "Eine Bestellung auf diesem Tablet ist nicht lesbar und wird neu geholt: {reason}";
    RecordsUnreadable: "{count} entries on this tablet cannot be read. What head office has comes back by itself.", "{count} Einträge auf diesem Tablet sind nicht lesbar. Was die Zentrale hat, kommt von selbst zurück.";
    StorageLost: "This browser threw away what Calloff had stored. Changes that were not sent are lost: {count}, the first of {time}. Everything else is at head office and is fetched again.", "Dieser Browser hat verworfen, was Calloff gespeichert hatte. Nicht gesendete Änderungen sind verloren: {count}, die erste von {time}. Alles andere liegt in der Zentrale und wird neu geholt.";
    StorageLostNothing: "This browser threw away what Calloff had stored. Nothing is lost: everything had been sent, and is fetched again.", "Dieser Browser hat verworfen, was Calloff gespeichert hatte. Nichts ist verloren: Alles war gesendet und wird neu geholt.";
    StorageRestored: "This browser threw away what Calloff had stored while it ran. Nothing is lost: everything was stored again.", "Dieser Browser hat im Betrieb verworfen, was Calloff gespeichert hatte. Nichts ist verloren: Alles wurde wieder gespeichert.";
    OtherTabSlow: "Another tab of Calloff has to save this, and has not answered yet. If this stays, close the other tabs: this one takes over.", "Ein anderer Tab von Calloff muss dies speichern und hat noch nicht geantwortet. Bleibt es dabei, die anderen Tabs schließen: Dieser hier übernimmt dann.";
    NotRead: "What is stored on this tablet cannot be read: {reason}", "Was auf diesem Tablet gespeichert ist, lässt sich nicht lesen: {reason}";
    UpdateWaiting: "A new version of Calloff is ready. Unsent orders stay.", "Eine neue Version von Calloff ist bereit. Ungesendete Bestellungen bleiben.";
    UpdateNow: "Update now", "Jetzt aktualisieren";
    NoOfflineStart: "This browser will not start Calloff without a network: {reason}", "Dieser Browser startet Calloff nicht ohne Netz: {reason}";

    // Head office: signing in, and the frame.
    DeskName: "Head office", "Zentrale";
    SignInTitle: "Sign in", "Anmelden";
    SignInLead: "For people at head office. Tablets need no password.", "Für Mitarbeitende der Zentrale. Tablets brauchen kein Kennwort.";
    SignInName: "Name", "Name";
    SignInPassword: "Password", "Kennwort";
    SignInSubmit: "Sign in", "Anmelden";
    SignInNeedsName: "Enter your name.", "Bitte den Namen eingeben.";
    SignInNeedsPassword: "Enter your password.", "Bitte das Kennwort eingeben.";
    SignInWrong: "Wrong name or password. Check both and try again.", "Name oder Kennwort ist falsch. Beides prüfen und noch einmal versuchen.";
    SignInTooOften: "Too many attempts. Wait a minute and try again.", "Zu viele Versuche. Eine Minute warten und noch einmal versuchen.";
    SignInOffline: "The server cannot be reached. Nothing is wrong with your password: check the network and try again.", "Der Server ist nicht erreichbar. Am Kennwort liegt es nicht: Netz prüfen und noch einmal versuchen.";
    SignInOr: "or", "oder";
    SignInWith: "Sign in with {name}", "Mit {name} anmelden";
    SignInExpired: "That sign-in was begun elsewhere, or took too long. Try again.", "Diese Anmeldung wurde woanders begonnen oder hat zu lange gedauert. Noch einmal versuchen.";
    SignInRefused: "Your organisation's sign-in could not be confirmed. Try again.", "Die Anmeldung bei der Organisation wurde nicht bestätigt. Noch einmal versuchen.";
    SignInUnknownPerson: "You are signed in at your organisation, but nobody here has your e-mail address. Ask an administrator to add you.", "Bei der Organisation angemeldet, aber hier ist niemand mit dieser E-Mail-Adresse bekannt. Die Verwaltung um Aufnahme bitten.";
    SignInProviderAway: "Your organisation's sign-in cannot be reached. Try again later.", "Die Anmeldung der Organisation ist nicht erreichbar. Später noch einmal versuchen.";
    SignInEnded: "Your session has ended. Sign in again to go on where you were.", "Die Sitzung ist abgelaufen. Nach der Anmeldung geht es an derselben Stelle weiter.";
    SignOut: "Sign out", "Abmelden";
    SignOutFailed: "You are still signed in, the server did not answer: {reason}", "Noch angemeldet, der Server hat nicht geantwortet: {reason}";
    SessionChecking: "Checking who is signed in…", "Es wird geprüft, wer angemeldet ist …";
    RoleStaff: "Site staff", "Standortpersonal";
    RoleSiteManager: "Site manager", "Standortleitung";
    RoleProcurement: "Procurement", "Einkauf";
    RoleFinance: "Finance", "Finanzen";
    RoleAdmin: "Administration", "Verwaltung";
    RoleAuditor: "Audit", "Revision";
    LineLive: "Live", "Live";
    LineConnecting: "Connecting…", "Wird verbunden …";
    LineLost: "Not connected", "Nicht verbunden";
    TryAgain: "Try again", "Noch einmal versuchen";
    ServerUnreachable: "The server cannot be reached", "Der Server ist nicht erreichbar";
    ServerUnreachableAdvice: "Check the network of this computer. It is tried again by itself; the address keeps your filters.", "Das Netz dieses Rechners prüfen. Es wird von selbst wieder versucht; die Adresse behält die Filter.";
    NotAllowed: "You may not see this", "Keine Berechtigung";
    NotAllowedAdvice: "Orders are for finance, procurement, audit and site managers. Ask an administrator for a role.", "Bestellungen sehen Finanzen, Einkauf, Revision und Standortleitungen. Die Verwaltung vergibt die Rolle.";
    ServerFailed: "The server answered with an error", "Der Server hat mit einem Fehler geantwortet";
    ServerFailedAdvice: "{reason}. Try again; if it stays, tell support: {request}.", "{reason}. Noch einmal versuchen; bleibt es dabei, dem Support nennen: {request}.";
    ShownAsOf: "The server cannot be reached. You see what was known at {time}; newer orders are missing. It is tried again by itself.", "Der Server ist nicht erreichbar. Zu sehen ist der Stand von {time}; neuere Bestellungen fehlen. Es wird von selbst wieder versucht.";

    // The order table of head office.
    Orders: "Orders", "Bestellungen";
    OrdersLoading: "Fetching orders…", "Bestellungen werden geholt …";
    OrdersNone: "No orders yet", "Noch keine Bestellungen";
    OrdersNoneAdvice: "The first order appears here by itself as soon as a site sends it. Enrol a tablet to order with.", "Die erste Bestellung erscheint von selbst, sobald ein Standort sie sendet. Dazu ein Tablet anmelden.";
    OrdersNoMatch: "No order matches these filters", "Keine Bestellung passt zu diesen Filtern";
    OrdersNoMatchAdvice: "Widen the period, or choose another site or supplier.", "Den Zeitraum erweitern oder anderen Standort oder Lieferanten wählen.";
    OrdersCaption: "Orders of all sites", "Bestellungen aller Standorte";
    OrdersOne: "{count} order", "{count} Bestellung";
    OrdersMany: "{count} orders", "{count} Bestellungen";
    OrdersCut: "The table lists the latest {shown} of {count}; the total counts all {count}. Narrow the filters to list the others.", "Die Tabelle zeigt die letzten {shown} von {count}; die Summe zählt alle {count}. Für die übrigen die Filter enger fassen.";
    Filters: "Filters", "Filter";
    FilterAllSites: "All sites", "Alle Standorte";
    FilterAllSuppliers: "All suppliers", "Alle Lieferanten";
    FilterFrom: "Received from", "Eingang ab";
    FilterTo: "Received to", "Eingang bis";
    FilterAllTime: "All time", "Gesamter Zeitraum";
    FilterSince: "from {from}", "ab {from}";
    FilterUntil: "to {to}", "bis {to}";
    FilterBetween: "{from} to {to}", "{from} bis {to}";
    FilterPeriodBackwards: "This is before the first day.", "Das liegt vor dem ersten Tag.";
    FilterClear: "Clear filters", "Filter löschen";
    FilterNoMatch: "Nothing matches.", "Nichts passt.";
    FilterMore: "More match: type to narrow.", "Weitere passen: weiter tippen.";
    TotalOf: "Ordered", "Bestellt";
    TotalMeans: "Sum of the purchase orders cut for these orders. Orders that wait or were refused have none.", "Summe der Lieferantenbestellungen zu diesen Bestellungen. Wartende und abgelehnte haben keine.";
    TotalMeansSupplier: "Sum of this supplier’s purchase orders only, in every row too.", "Nur Lieferantenbestellungen dieses Lieferanten, auch in jeder Zeile.";
    TimesAreIn: "Times in {zone}; the period counts each site’s own days.", "Uhrzeiten in {zone}; der Zeitraum zählt die Tage des jeweiligen Standorts.";
    TimesIn: "Times in {zone}.", "Uhrzeiten in {zone}.";
    ColumnReceived: "Received", "Eingang";
    ColumnSubmitted: "Sent by the site", "Gesendet";
    ColumnPerson: "By", "Von";
    ColumnTablet: "Tablet", "Tablet";
    ColumnSuppliers: "Suppliers", "Lieferanten";
    ColumnLines: "Lines", "Zeilen";
    SuppliersMore: "{first} +{count}", "{first} +{count}";
    StateChecking: "Being checked", "In Prüfung";

    // One order, at head office.
    OrderLoading: "Fetching the order…", "Bestellung wird geholt …";
    OrderUnknown: "There is no such order", "Diese Bestellung gibt es nicht";
    OrderUnknownAdvice: "It does not exist, or belongs to a site that you may not see. Go back to the list.", "Sie existiert nicht oder gehört zu einem Standort ohne Einsicht. Zurück zur Liste.";
    BackToOrders: "Back to orders", "Zurück zu den Bestellungen";
    FactSubmittedBy: "Sent by", "Gesendet von";
    FactCreatedBy: "Begun by", "Begonnen von";
    FactTablet: "Tablet", "Tablet";
    FactCreated: "Begun", "Begonnen";
    FactSubmitted: "Sent (tablet’s clock)", "Gesendet (Uhr des Tablets)";
    FactReceived: "Received (server’s clock)", "Eingegangen (Uhr des Servers)";
    FactAnswered: "Answered", "Beantwortet";
    FactOffline: "On the tablet before it arrived", "Auf dem Tablet bis zum Eingang";
    FactRelease: "Catalogue release", "Katalogausgabe";
    FactReleasesDiffer: "differs by line", "je Zeile verschieden";
    FactBeyond: "Beyond commitments", "Über die Abnahmegrenze";
    BeyondCommitment: "{amount} of {item} lie beyond what contract {contract} foresees", "{amount} von {item} gehen über das hinaus, was Vertrag {contract} vorsieht";
    FactDocument: "Order number", "Bestellnummer";
    OfflineNone: "arrived at once", "sofort eingegangen";
    OfflineUnknown: "cannot be told: the tablet’s clock is ahead", "nicht bestimmbar: Uhr des Tablets geht vor";
    OfflineMinutes: "{minutes} min", "{minutes} Min.";
    OfflineHours: "{hours} h {minutes} min", "{hours} Std. {minutes} Min.";
    OfflineDays: "{days} d {hours} h", "{days} T. {hours} Std.";
    LinesTitle: "Lines as pinned", "Zeilen, wie festgehalten";
    LinesMean: "Price, contract and delivery day as the tablet pinned them when it sent the order. The server resolved every line again before it accepted.", "Preis, Vertrag und Liefertag, wie das Tablet sie beim Senden festhielt. Der Server hat jede Zeile vor der Annahme erneut ermittelt.";
    NotPinned: "nothing pinned", "nichts festgehalten";
    PinContract: "{contract}, version {version}", "{contract}, Version {version}";
    PinLine: "line {line}, tier {tier}, release {release}", "Zeile {line}, Staffel {tier}, Ausgabe {release}";
    UnitPrice: "Unit price", "Preis je Einheit";
    InsteadOf: "instead of {item}", "statt {item}";
    LinesTotal: "Sum of {count} lines", "Summe aus {count} Zeilen";
    LinesTotalOne: "Sum of {count} line", "Summe aus {count} Zeile";
    PurchaseOrders: "Purchase orders", "Lieferantenbestellungen";
    PurchaseOrdersNone: "None yet: they are cut when the order is accepted.", "Noch keine: Sie entstehen mit der Annahme der Bestellung.";
    PurchaseOrder: "Number", "Nummer";
    Exceptions: "Exceptions", "Ausnahmen";
    ExceptionsNone: "Nothing waits for a decision", "Nichts wartet auf eine Entscheidung";
    ExceptionsNoneAdvice: "Orders that come in too late for their prices are listed here.", "Hier stehen Bestellungen, die für ihre Preise zu spät eingingen.";
    FilterAllStages: "All states", "Alle Zustände";
    StateException: "Exception", "Ausnahme";
    ExceptionTitle: "This order waits for a decision", "Diese Bestellung wartet auf eine Entscheidung";
    ExceptionAdvice: "Honour the prices as pinned, or decline: the site can then send the order again at today’s prices. Nothing is re-priced.", "Die festgehaltenen Preise gelten lassen oder ablehnen: Der Standort kann dann zu heutigen Preisen erneut senden. Nichts wird umgerechnet.";
    ExceptionNeverValid: "What was sent differs from what its catalogue release says. It can only be declined; have the tablet looked at.", "Was gesendet wurde, steht so nicht in seiner Katalogausgabe. Es kann nur abgelehnt werden; das Tablet sollte geprüft werden.";
    DecisionTitle: "What procurement decided", "Was der Einkauf entschied";
    DecisionWhy: "Reason", "Begründung";
    DecisionWhyHint: "The site reads it, and it is kept with the order.", "Der Standort liest sie; sie bleibt bei der Bestellung.";
    DecisionNeedsReason: "Say why first.", "Erst begründen.";
    DeclinedBy: "{name} declined it: {reason}", "{name} hat sie abgelehnt: {reason}";
    Honour: "Honour these prices", "Diese Preise gelten lassen";
    Decline: "Decline", "Ablehnen";
    RefusalTitle: "Why it was refused", "Warum sie abgelehnt wurde";
    RefusalAdvice: "The site sees the same reasons and can send the order again.", "Der Standort sieht dieselben Gründe und kann die Bestellung erneut senden.";

    // Administration.
    Tablets: "Tablets", "Tablets";
    TabletsLoading: "Fetching the tablets", "Tablets werden geladen";
    TabletsNone: "No tablet is enrolled yet", "Noch ist kein Tablet angemeldet";
    TabletsNoneAdvice: "Issue a code for a site and open its link on the tablet.", "Einen Code für einen Standort ausgeben und den Link auf dem Tablet öffnen.";
    TabletSeen: "Last seen", "Zuletzt gesehen";
    TabletEnrolledAt: "Enrolled", "Angemeldet";
    TabletRevoked: "Revoked", "Gesperrt";
    TabletActive: "In use", "In Gebrauch";
    TabletRevoke: "Revoke", "Sperren";
    TabletRevokeSure: "Revoke for good?", "Endgültig sperren?";
    TabletRevokeFailed: "Not revoked: {reason}", "Nicht gesperrt: {reason}";
    CodeIssue: "Issue an enrolment code", "Anmeldecode ausgeben";
    CodeSite: "Site (its identifier)", "Standort (Kennung)";
    CodeReady: "Scan it with the tablet, or type it at /enrol. It works once, until {time}.", "Mit dem Tablet scannen oder unter /enrol eingeben. Er gilt einmal, bis {time}.";
    CodePicture: "The enrolment link as a QR code", "Der Anmeldelink als QR-Code";
    CodeFailed: "No code was issued: {reason}", "Kein Code ausgegeben: {reason}";
    Quarantine: "Quarantine", "Quarantäne";
    QuarantineLoading: "Fetching the quarantine", "Quarantäne wird geladen";
    QuarantineNone: "Nothing was refused", "Nichts wurde abgewiesen";
    QuarantineNoneAdvice: "What a tablet sends and the server does not take is kept here.", "Was ein Tablet sendet und der Server nicht annimmt, wird hier aufbewahrt.";
    QuarantineReason: "Why it was refused", "Warum abgewiesen";
    QuarantineBytes: "Bytes", "Bytes";
    QuarantineDownload: "Download", "Herunterladen";
    Audit: "Audit log", "Protokoll";
    AuditLoading: "Fetching the audit log", "Protokoll wird geladen";
    AuditNone: "Nothing concerns your sites yet", "Noch betrifft nichts Ihre Standorte";
    AuditNoneAdvice: "Every privileged act is written down here.", "Jede Handlung mit besonderen Rechten wird hier festgehalten.";
    AuditWhen: "When", "Wann";
    AuditWho: "Who", "Wer";
    AuditAct: "Did what", "Was";
    AuditTarget: "On what", "Woran";
    AuditFrom: "From where", "Von wo";
    AuditDetail: "Detail", "Näheres";
    Nobody: "nobody known", "unbekannt";
    ActSignedIn: "Signed in", "Angemeldet";
    ActSignInFailed: "Sign-in failed", "Anmeldung gescheitert";
    ActProviderAccountLinked: "Account tied to a person", "Konto mit Person verbunden";
    ActEnrolmentCodeIssued: "Enrolment code issued", "Anmeldecode ausgegeben";
    ActTabletEnrolled: "Tablet enrolled", "Tablet angemeldet";
    ActEnrolmentFailed: "Enrolment failed", "Tablet-Anmeldung gescheitert";
    ActTabletRevoked: "Tablet revoked", "Tablet gesperrt";
    ActPersonChanged: "Person changed", "Person geändert";
    ActPersonRemoved: "Person removed", "Person entfernt";
    ActPinSet: "PIN set", "PIN gesetzt";
    ActPinRemoved: "PIN removed", "PIN entfernt";
    ActImported: "Imported", "Importiert";
    ActAllotmentPlanned: "Site’s part of a maximum set", "Anteil eines Standorts gesetzt";
    ActReleasePublished: "Catalogue published", "Katalog veröffentlicht";
    ActTiesSettled: "Ties settled", "Gleichstände entschieden";
    ActQuarantineViewed: "Quarantine inspected", "Quarantäne eingesehen";
    ActQuarantineDownloaded: "Quarantine downloaded", "Quarantäne heruntergeladen";
    ActExceptionDecided: "Exception decided", "Ausnahme entschieden";
}
