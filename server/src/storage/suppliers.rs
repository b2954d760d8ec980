//! Suppliers as head office keeps them: how they are reached, and the organisation's customer
//! numbers.

use std::collections::{BTreeMap, BTreeSet};

use calloff_core::calendar::Date;
use calloff_core::contract::ContractStatus;
use calloff_core::ids::{ContractId, LocationId, SupplierId};
use calloff_core::supplier::{Supplier, SupplierAccount, SupplierProfile};
use calloff_core::wire::{SupplierAccountRow, SupplierContract, SupplierDetail, SupplierRow};
use sqlx::FromRow;

use super::people::parse_id;
use super::sql::Sql;
use super::write::{Read, WriteTransaction};
use super::{ROWS_AT_ONCE, ServerStore, StorageError, decode, to_u32};

/// A supplier without a profile has the channel that came with its contracts.
const PROFILES: &str = "SELECT supplier.id, supplier.name, supplier.body AS imported,
        profile.body AS profile, profile.revision, profile.changed_by, profile.changed_at
    FROM supplier LEFT JOIN supplier_profile profile ON profile.supplier = supplier.id";

#[derive(FromRow)]
struct ProfileRow {
    id: String,
    name: String,
    imported: String,
    profile: Option<String>,
    revision: Option<i64>,
    changed_by: Option<String>,
    changed_at: Option<i64>,
}

impl ProfileRow {
    fn profile(&self) -> Result<SupplierProfile, StorageError> {
        match &self.profile {
            Some(profile) => decode("profile of supplier", &self.id, profile),
            None => {
                let supplier: Supplier = decode("supplier", &self.id, &self.imported)?;
                Ok(SupplierProfile::of_import(&supplier))
            }
        }
    }
}

/// What the rows of the list count, by supplier.
struct Counts {
    contracts: BTreeMap<String, i64>,
    sites: BTreeMap<String, i64>,
    to_send: BTreeMap<String, i64>,
}

impl Counts {
    async fn read(read: &mut Read, delivered_since: Date) -> Result<Self, StorageError> {
        let contracts = Sql::new(
            "SELECT supplier, count(DISTINCT contract) FROM contract_version
             WHERE status IN ('draft', 'published', 'suspended') GROUP BY supplier",
        );
        let sites = Sql::new(
            "SELECT po.supplier, count(DISTINCT head.site)
             FROM purchase_order po JOIN order_head head ON head.document = po.document
             WHERE po.delivery_date >= $1 GROUP BY po.supplier",
        );
        // The index on states leaves out what was sent.
        let to_send = Sql::new(
            "SELECT supplier, count(*) FROM purchase_order
             WHERE state = 'needs_person' AND state <> 'sent' GROUP BY supplier",
        );
        let contracts: Vec<(String, i64)> = contracts.all(read).await?;
        let sites: Vec<(String, i64)> = sites.bind(delivered_since.to_string()).all(read).await?;
        let to_send: Vec<(String, i64)> = to_send.all(read).await?;
        Ok(Self {
            contracts: contracts.into_iter().collect(),
            sites: sites.into_iter().collect(),
            to_send: to_send.into_iter().collect(),
        })
    }

    fn row(&self, row: &ProfileRow) -> Result<SupplierRow, StorageError> {
        let profile = row.profile()?;
        let of = |counts: &BTreeMap<String, i64>| to_u32(counts.get(&row.id).copied().unwrap_or(0));
        let phones = profile.contacts.iter().map(|contact| &contact.phone);
        Ok(SupplierRow {
            supplier: parse_id("supplier", &row.id)?,
            name: row.name.clone(),
            phone: phones.into_iter().find(|phone| !phone.is_empty()).cloned().unwrap_or_default(),
            channel: profile.channels.into_iter().next(),
            contracts: of(&self.contracts),
            sites: of(&self.sites),
            to_send: of(&self.to_send),
        })
    }
}

impl ServerStore {
    /// All suppliers, by name. Their sites are those with a delivery since `delivered_since`.
    ///
    /// # Errors
    /// The database failed, or a stored value cannot be read.
    pub async fn supplier_rows(
        &self,
        delivered_since: Date,
    ) -> Result<Vec<SupplierRow>, StorageError> {
        let mut read = self.read().await?;
        let mut sql = Sql::new(PROFILES);
        sql.push(" ORDER BY lower(supplier.name), supplier.id");
        let rows: Vec<ProfileRow> = sql.all(&mut read).await?;
        let counts = Counts::read(&mut read, delivered_since).await?;
        rows.iter().map(|row| counts.row(row)).collect()
    }

    /// A supplier with everything that head office keeps about it. `None` if there is no such
    /// supplier.
    ///
    /// # Errors
    /// The errors of [`ServerStore::supplier_rows`].
    pub async fn supplier_detail(
        &self,
        supplier: &SupplierId,
        delivered_since: Date,
    ) -> Result<Option<SupplierDetail>, StorageError> {
        let mut read = self.read().await?;
        let Some(row) = profile_row(&mut read, supplier).await? else { return Ok(None) };
        let counts = Counts::read(&mut read, delivered_since).await?;
        let accounts: Vec<(String, String, String, String)> = Sql::new(
            "SELECT account.location, account.number, account.order_address,
                    coalesce(location.name, account.location) AS place
             FROM supplier_account account LEFT JOIN location ON location.id = account.location
             WHERE account.supplier = $1 ORDER BY place, account.location",
        )
        .bind(supplier.as_str())
        .all(&mut read)
        .await?;
        let accounts = accounts.into_iter().map(|(location, number, order_address, place)| {
            let location = parse_id("location", &location)?;
            Ok(SupplierAccountRow {
                account: SupplierAccount { location, number, order_address },
                place,
            })
        });
        let accounts = accounts.collect::<Result<Vec<_>, StorageError>>()?;
        let changed = row.changed_by.clone().zip(row.changed_at);
        Ok(Some(SupplierDetail {
            row: counts.row(&row)?,
            revision: to_u32(row.revision.unwrap_or(0)),
            changed,
            profile: row.profile()?,
            accounts,
            contracts: contracts_of(&mut read, supplier).await?,
        }))
    }

    /// How a supplier is reached. A supplier that head office does not have is not reached at all.
    ///
    /// # Errors
    /// The errors of [`ServerStore::supplier_rows`].
    pub async fn supplier_profile(
        &self,
        supplier: &SupplierId,
    ) -> Result<SupplierProfile, StorageError> {
        let row = profile_row(&mut self.read().await?, supplier).await?;
        row.map_or_else(|| Ok(SupplierProfile::default()), |row| row.profile())
    }

    /// The account of a site at a supplier: the one of the deepest node on its path, which runs
    /// from the root to the site. `None` without one.
    ///
    /// # Errors
    /// The errors of [`ServerStore::supplier_rows`].
    pub async fn supplier_account(
        &self,
        supplier: &SupplierId,
        path: &[LocationId],
    ) -> Result<Option<SupplierAccount>, StorageError> {
        let rows: Vec<(String, String, String)> = Sql::new(
            "SELECT location, number, order_address FROM supplier_account WHERE supplier = $1",
        )
        .bind(supplier.as_str())
        .all(&mut self.read().await?)
        .await?;
        let depth = |location: &str| path.iter().position(|node| node.as_str() == location);
        let deepest = rows
            .into_iter()
            .filter_map(|row| Some((depth(&row.0)?, row)))
            .max_by_key(|(depth, _)| *depth);
        let account = deepest.map(|(_, (location, number, order_address))| {
            let location = parse_id("location", &location)?;
            Ok(SupplierAccount { location, number, order_address })
        });
        account.transpose()
    }
}

async fn profile_row(
    read: &mut Read,
    supplier: &SupplierId,
) -> Result<Option<ProfileRow>, StorageError> {
    let mut sql = Sql::new(PROFILES);
    sql.push(" WHERE supplier.id = ").push_bind(supplier.as_str());
    sql.optional(read).await
}

/// The contracts of a supplier that have not ended, by title. Each is its latest version.
async fn contracts_of(
    read: &mut Read,
    supplier: &SupplierId,
) -> Result<Vec<SupplierContract>, StorageError> {
    let rows: Vec<(String, String, String)> = Sql::new(
        "SELECT contract, status, body FROM contract_version
         WHERE supplier = $1 AND status IN ('draft', 'published', 'suspended')
         ORDER BY contract, version",
    )
    .bind(supplier.as_str())
    .all(read)
    .await?;
    let mut latest: BTreeMap<ContractId, SupplierContract> = BTreeMap::new();
    for (id, status, body) in rows {
        let header: calloff_core::contract::Contract = decode("contract", &id, &body)?;
        let status: ContractStatus = decode("contract", &id, &format!("\"{status}\""))?;
        let contract = SupplierContract {
            contract: header.id.clone(),
            title: header.title,
            status,
            end: header.validity.end,
        };
        latest.insert(header.id, contract);
    }
    let mut contracts: Vec<_> = latest.into_values().collect();
    contracts.sort_by(|a, b| (&a.title, &a.contract).cmp(&(&b.title, &b.contract)));
    Ok(contracts)
}

/// Which of these suppliers have a channel by which the server can try to send.
///
/// # Errors
/// The database failed, or a stored value cannot be read.
pub async fn with_channel(
    read: &mut Read,
    suppliers: &BTreeSet<&str>,
) -> Result<BTreeSet<String>, StorageError> {
    let mut sql = Sql::new(PROFILES);
    sql.push(" WHERE supplier.id IN (SELECT value FROM json_each(");
    sql.push_bind(serde_json::to_string(suppliers)?).push("))");
    let rows: Vec<ProfileRow> = sql.all(read).await?;
    let mut with_channel = BTreeSet::new();
    for row in rows {
        if row.profile()?.is_reached_by_server() {
            with_channel.insert(row.id);
        }
    }
    Ok(with_channel)
}

/// The name of a supplier, the revision of its profile, and who made the last change. `None` if
/// there is no such supplier.
///
/// # Errors
/// The database failed.
pub async fn supplier_revision(
    read: &mut Read,
    supplier: &SupplierId,
) -> Result<Option<(String, u32, Option<String>)>, StorageError> {
    let row = profile_row(read, supplier).await?;
    Ok(row.map(|row| (row.name, to_u32(row.revision.unwrap_or(0)), row.changed_by)))
}

/// Stores how a supplier is reached, and all customer numbers, in place of the former ones.
///
/// # Errors
/// The database failed.
pub async fn put_supplier_profile(
    write: &mut WriteTransaction,
    supplier: &SupplierId,
    revision: u32,
    (profile, accounts): (&SupplierProfile, &[SupplierAccount]),
    (by, at): (&str, i64),
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO supplier_profile (supplier, revision, changed_by, changed_at, body)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (supplier) DO UPDATE SET revision = excluded.revision,
             changed_by = excluded.changed_by, changed_at = excluded.changed_at,
             body = excluded.body",
    )
    .bind(supplier.as_str())
    .bind(revision)
    .bind(by)
    .bind(at)
    .bind(serde_json::to_string(profile)?)
    .execute(write)
    .await?;
    Sql::new("DELETE FROM supplier_account WHERE supplier = $1")
        .bind(supplier.as_str())
        .execute(write)
        .await?;
    for accounts in accounts.chunks(ROWS_AT_ONCE) {
        let mut sql =
            Sql::new("INSERT INTO supplier_account (supplier, location, number, order_address) ");
        sql.push_rows(accounts, |account| {
            [
                supplier.as_str().into(),
                account.location.as_str().into(),
                account.number.as_str().into(),
                account.order_address.as_str().into(),
            ]
        });
        sql.execute(write).await?;
    }
    Ok(())
}
