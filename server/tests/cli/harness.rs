//! A data folder, and the binary that works on it.

use calloff_core::catalogue::CatalogueContent;
use calloff_server::storage::ServerStore;
use calloff_server::storage::organisation::add_content;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The sites of the small organisation: two stations in one state, one below the other.
pub const SITES: &str = r#"{"MT": [{"value": "436GA", "label": "Anaconda"}, {"value": "436", "label": "Fort Harrison"}]}"#;

/// The columns of the real list that its mapping reads.
pub const HEADER: &str = "ContractNumber,VendorName,ContractStartDate,ContractStopDate,NDCWithDashes,PackageDescription,\
                          Generic,TradeName,VAClass,Price,PriceStartDate,PriceStopDate,PriceType";

/// A row of a price list: contract, supplier, item and price. The other cells are as usual.
pub fn row(contract: &str, supplier: &str, item: &str, price: &str) -> String {
    format!(
        "{contract},\"{supplier}\",01/01/2025,12/31/2030,{item},100,GAUZE,Softo,XA100,{price},01/01/2025,12/31/2030,FSS"
    )
}

/// The output of a command.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// The output of a command that must succeed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// The error of a command that must fail, with exit code 1.
    #[track_caller]
    pub fn fails(self) -> String {
        assert_eq!(self.code, 1, "{self:?}");
        assert!(self.err.starts_with("error: "), "{self:?}");
        self.err
    }

    /// The output of a command that must succeed, as JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).expect("JSON on standard output")
    }
}

/// A data folder and a folder for files.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// Empty.
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder for the test") }
    }

    /// With the small organisation's sites.
    pub fn with_sites() -> Self {
        let desk = Self::new();
        desk.import_sites(SITES).ok();
        desk
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file for the test");
        path
    }

    /// The path of a file, which need not exist yet.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the binary on this desk's data.
    pub fn calloff(&self, args: &[&str]) -> Said {
        self.calloff_told(args, "")
    }

    /// Runs the binary on this desk's data with something on standard input.
    pub fn calloff_told(&self, args: &[&str], input: &str) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_calloff"))
            .arg("--data")
            .arg(self.path("data"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A command that reads nothing may have ended already.
        let _ = child.stdin.take().expect("standard input").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the binary ends");
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// A desk with this content in its store.
    pub fn with(content: &CatalogueContent) -> Self {
        let desk = Self::new();
        block_on(async {
            let store = ServerStore::open(&desk.path("data")).await.unwrap();
            let mut write = store.write().await.unwrap();
            add_content(&mut write, content).await.unwrap();
            write.commit().await.unwrap();
            store.close().await;
        });
        desk
    }

    /// Imports sites with the shipped mapping.
    pub fn import_sites(&self, json: impl AsRef<[u8]>) -> Said {
        let file = self.file("sites.json", json);
        self.calloff(&[
            "import",
            "sites",
            text(&file),
            "--mapping",
            text(&mapping("va-sites.toml")),
        ])
    }

    /// Imports a price list with the shipped mapping.
    pub fn import_list(&self, csv: impl AsRef<[u8]>, more: &[&str]) -> Said {
        let file = self.file("list.csv", csv);
        let mapping = mapping("va-fss.toml");
        let args = ["import", "price-list", text(&file), "--mapping", text(&mapping)];
        self.calloff(&[&args[..], more].concat())
    }

    /// Imports rows under the usual header.
    pub fn import_rows(&self, rows: &[String]) -> Said {
        self.import_list(format!("{HEADER}\n{}\n", rows.join("\n")), &[])
    }

    /// What a site would be told.
    pub fn resolve(&self, item: &str, site: &str, date: &str) -> Said {
        self.calloff(&[
            "resolve",
            "--item",
            item,
            "--quantity",
            "10",
            "--site",
            site,
            "--date",
            date,
        ])
    }
}

/// A mapping that is part of the project.
pub fn mapping(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings").join(name)
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}
