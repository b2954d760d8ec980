//! Locations, suppliers, items, and the settings of the organisation.

use std::str::FromStr;

use calloff_core::catalogue::{CatalogueContent, ExchangeRates};
use calloff_core::ids::{ItemId, LocationId};
use calloff_core::item::Item;
use calloff_core::location::Location;
use calloff_core::money::Currency;
use calloff_core::supplier::Supplier;
use futures_util::{Stream, StreamExt as _};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::allotments::put_planned_allotment;
use super::contracts::{add_sourcing_rule, add_tie_decision, put_version};
use super::sql::Sql;
use super::write::WriteTransaction;
use super::{ServerStore, StorageError, decode};

/// The name of the setting with the comparison currency.
const COMPARISON_CURRENCY: &str = "comparison_currency";

/// The name of the setting with the address under which the data was last served.
const SERVED_AT: &str = "served_at";

impl ServerStore {
    /// The nodes of the location tree, by identifier, without the nodes that left the tree.
    ///
    /// # Errors
    /// The database failed, or a stored body cannot be read.
    pub async fn locations(&self) -> Result<Vec<Location>, StorageError> {
        self.bodies("location", "SELECT id, body FROM location WHERE NOT has_left ORDER BY id")
            .await
    }

    /// All suppliers, by identifier.
    ///
    /// # Errors
    /// The errors of [`ServerStore::locations`].
    pub async fn suppliers(&self) -> Result<Vec<Supplier>, StorageError> {
        self.bodies("supplier", "SELECT id, body FROM supplier ORDER BY id").await
    }

    /// All items, by identifier.
    ///
    /// # Errors
    /// The errors of [`ServerStore::locations`].
    pub async fn items(&self) -> Result<Vec<Item>, StorageError> {
        self.bodies("item", "SELECT id, body FROM item ORDER BY id").await
    }

    /// These items, by identifier. An unknown item is left out.
    ///
    /// # Errors
    /// The errors of [`ServerStore::locations`].
    pub async fn items_of(&self, ids: &[&ItemId]) -> Result<Vec<Item>, StorageError> {
        let mut sql =
            Sql::new("SELECT id, body FROM item WHERE id IN (SELECT value FROM json_each(");
        sql.push_bind(serde_json::to_string(ids)?).push(")) ORDER BY id");
        let rows: Vec<(String, String)> = sql.all(&mut self.read().await?).await?;
        rows.iter().map(|(id, body)| decode("item", id, body)).collect()
    }

    /// A stream of all items, by identifier.
    ///
    /// # Errors
    /// The errors of [`ServerStore::locations`].
    pub fn each_item(&self) -> impl Stream<Item = Result<Item, StorageError>> + Unpin + '_ {
        let rows =
            Sql::new("SELECT id, body FROM item ORDER BY id").stream::<(String, String)>(self);
        rows.map(|row| row.and_then(|(id, body)| decode("item", &id, &body)))
    }

    /// The exchange rates by which prices in different currencies are compared. `None` until a
    /// comparison currency was set.
    ///
    /// # Errors
    /// The errors of [`ServerStore::locations`].
    pub async fn exchange_rates(&self) -> Result<Option<ExchangeRates>, StorageError> {
        let Some(code) = self.setting(COMPARISON_CURRENCY).await? else { return Ok(None) };
        let mut rates = ExchangeRates::single(currency(&code)?);
        let rows: Vec<(String, String)> = Sql::new("SELECT currency, rate FROM exchange_rate")
            .all(&mut self.read().await?)
            .await?;
        for (code, rate) in rows {
            let rate = Decimal::from_str(&rate)
                .map_err(|error| corrupt_rate(&code, &error.to_string()))?;
            rates.rates.insert(currency(&code)?, rate);
        }
        Ok(Some(rates))
    }

    /// A setting of the organisation by its name. `None` if it was never set.
    ///
    /// # Errors
    /// The database failed.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let query = Sql::new("SELECT value FROM organisation_setting WHERE name = $1").bind(name);
        query.optional_value(&mut self.read().await?).await
    }

    /// The address under which the data was last served, as people type it. `None` if the data was
    /// never served.
    ///
    /// # Errors
    /// The database failed.
    pub async fn served_at(&self) -> Result<Option<String>, StorageError> {
        let query =
            Sql::new("SELECT value FROM organisation_setting WHERE name = $1").bind(SERVED_AT);
        query.optional_value(&mut self.read().await?).await
    }

    /// Stores the address under which the data is served from now on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_served_at(&self, url: &str) -> Result<(), StorageError> {
        let mut write = self.write().await?;
        put_setting(&mut write, SERVED_AT, url).await?;
        write.commit().await
    }

    async fn bodies<T: DeserializeOwned>(
        &self,
        what: &'static str,
        query: &'static str,
    ) -> Result<Vec<T>, StorageError> {
        let rows: Vec<(String, String)> = Sql::new(query).all(&mut self.read().await?).await?;
        rows.iter().map(|(id, body)| decode(what, id, body)).collect()
    }
}

fn currency(code: &str) -> Result<Currency, StorageError> {
    Currency::parse(code).map_err(|error| corrupt_rate(code, &error.to_string()))
}

fn corrupt_rate(code: &str, reason: &str) -> StorageError {
    StorageError::Corrupt { what: "exchange rate", id: code.to_owned(), reason: reason.to_owned() }
}

/// Makes the location tree exactly these nodes. A node that leaves the tree keeps its name, time
/// zone and parent, so that its orders and tablets are still found.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if the nodes do not form a tree.
pub async fn replace_locations(
    write: &mut WriteTransaction,
    locations: &[Location],
) -> Result<(), StorageError> {
    Sql::new("UPDATE location SET has_left = true").execute(write).await?;
    for location in locations {
        put_location(write, location).await?;
    }
    Ok(())
}

/// Stores a node of the tree, in place of an earlier node with the same identifier. The database
/// checks the tree as a whole at the commit.
///
/// # Errors
/// The database failed.
pub async fn put_location(
    write: &mut WriteTransaction,
    location: &Location,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO location (id, parent, name, time_zone, body) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name, \
         time_zone = excluded.time_zone, body = excluded.body, has_left = false",
    )
    .bind(location.id.as_str())
    .bind(location.parent.as_ref().map(LocationId::as_str))
    .bind(&location.name)
    .bind(location.site.as_ref().map(|site| site.time_zone.as_str()))
    .bind(serde_json::to_string(location)?)
    .execute(write)
    .await?;
    Ok(())
}

/// Stores a supplier, in place of an earlier one with the same identifier.
///
/// # Errors
/// The database failed.
pub async fn put_supplier(
    write: &mut WriteTransaction,
    supplier: &Supplier,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO supplier (id, name, body) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, body = excluded.body",
    )
    .bind(supplier.id.as_str())
    .bind(&supplier.name)
    .bind(serde_json::to_string(supplier)?)
    .execute(write)
    .await?;
    Ok(())
}

/// Stores an item, in place of an earlier one with the same identifier.
///
/// # Errors
/// The database failed.
pub async fn put_item(write: &mut WriteTransaction, item: &Item) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO item (id, body) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET body = excluded.body",
    )
    .bind(item.id.as_str())
    .bind(serde_json::to_string(item)?)
    .execute(write)
    .await?;
    Ok(())
}

/// Stores a setting of the organisation.
///
/// # Errors
/// The database failed.
pub async fn put_setting(
    write: &mut WriteTransaction,
    name: &str,
    value: &str,
) -> Result<(), StorageError> {
    Sql::new(
        "INSERT INTO organisation_setting (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(write)
    .await?;
    Ok(())
}

/// Deletes a setting, if it is there.
///
/// # Errors
/// The database failed.
pub async fn remove_setting(write: &mut WriteTransaction, name: &str) -> Result<(), StorageError> {
    Sql::new("DELETE FROM organisation_setting WHERE name = $1").bind(name).execute(write).await?;
    Ok(())
}

/// Stores the comparison currency and the exchange rates to it, in place of the former ones.
///
/// # Errors
/// The database failed.
pub async fn put_exchange_rates(
    write: &mut WriteTransaction,
    rates: &ExchangeRates,
) -> Result<(), StorageError> {
    put_setting(write, COMPARISON_CURRENCY, rates.comparison_currency.as_str()).await?;
    Sql::new("DELETE FROM exchange_rate").execute(write).await?;
    for (currency, rate) in &rates.rates {
        Sql::new("INSERT INTO exchange_rate (currency, rate) VALUES ($1, $2)")
            .bind(currency.as_str())
            .bind(rate.to_string())
            .execute(write)
            .await?;
    }
    Ok(())
}

/// Stores a whole catalogue content. Its location tree and exchange rates replace the stored ones.
/// Everything else is added to what is stored. Contract versions keep their status.
///
/// # Errors
/// The database failed; [`StorageError::Database`] also if a contract version or a tie decision is
/// stored already.
pub async fn add_content(
    write: &mut WriteTransaction,
    content: &CatalogueContent,
) -> Result<(), StorageError> {
    put_exchange_rates(write, &content.exchange_rates).await?;
    replace_locations(write, &content.locations).await?;
    for supplier in &content.suppliers {
        put_supplier(write, supplier).await?;
    }
    for item in &content.items {
        put_item(write, item).await?;
    }
    for contract in &content.contracts {
        put_version(write, contract).await?;
    }
    for rule in &content.sourcing_rules {
        add_sourcing_rule(write, rule).await?;
    }
    for decision in &content.tie_decisions {
        add_tie_decision(write, decision).await?;
    }
    for planned in &content.allotments {
        put_planned_allotment(write, planned).await?;
    }
    Ok(())
}
