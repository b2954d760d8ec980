//! Puts files into folders from which others fetch them.

use std::io::ErrorKind;
use std::path::Path;

use tokio::fs;
use tokio::io::AsyncWriteExt as _;

use super::Delivery;
use crate::storage::purchase_orders::AttemptOutcome;

/// Puts a file into a folder. Others never see half of it: it is written under another name first.
/// If it is there already with the same bytes, nothing happens. A file with other bytes is not
/// replaced.
pub async fn put(folder: &Path, name: &str, bytes: &[u8]) -> Delivery {
    match written(folder, name, bytes).await {
        Ok(delivery) => delivery,
        Err(error) => Delivery::temporary(format!("{}: {error}", folder.display())),
    }
}

async fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<Delivery> {
    let target = folder.join(name);
    match fs::read(&target).await {
        Ok(there) if there == bytes => return Ok(accepted(name, "is in the folder already")),
        Ok(_) => {
            return Ok(Delivery::permanent(format!(
                "{name} is in the folder already, with other content"
            )));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::create_dir_all(folder).await?;
    let unfinished = folder.join(format!(".{name}.unfinished"));
    let mut file = fs::File::create(&unfinished).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    drop(file);
    crate::failpoint::failpoint!("before_file_appears");
    fs::rename(&unfinished, &target).await?;
    fs::File::open(folder).await?.sync_all().await?;
    crate::failpoint::failpoint!("after_file_appears");
    Ok(accepted(name, "was put into the folder"))
}

fn accepted(name: &str, what: &str) -> Delivery {
    Delivery { outcome: AttemptOutcome::Accepted, answer: format!("{name} {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_put_once_and_another_one_of_its_name_is_not_replaced() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("acme");
        for _ in 0..2 {
            let delivery = put(&folder, "PO-1.csv", b"one").await;
            assert_eq!(delivery.outcome, AttemptOutcome::Accepted, "{}", delivery.answer);
        }
        let other = put(&folder, "PO-1.csv", b"other").await;
        assert_eq!(other.outcome, AttemptOutcome::Permanent, "{}", other.answer);
        assert_eq!(std::fs::read(folder.join("PO-1.csv")).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing unfinished stays");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_tried_again_later() {
        let base = tempfile::tempdir().unwrap();
        std::fs::write(base.path().join("acme"), b"a file").unwrap();
        let delivery = put(&base.path().join("acme"), "PO-1.csv", b"one").await;
        assert_eq!(delivery.outcome, AttemptOutcome::Temporary, "{}", delivery.answer);
    }
}
