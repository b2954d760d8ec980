//! The JSON Schema of the file, generated from its types.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Value, json};

use super::ContractsFile;

/// The format of a decimal in the file.
const DECIMAL: &str = r"^-?(0|[1-9]\d*)(\.\d+)?$";

/// The schema (JSON Schema, draft 2020-12) of a file of contracts.
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(AsRead);
    let mut schema = settings.into_generator().into_root_schema_for::<ContractsFile>();
    schema.insert("title".to_owned(), json!("Contracts of Calloff"));
    schema.to_value()
}

/// Adds what the reader requires and the types do not say: decimals are texts, and unknown fields
/// are refused.
#[derive(Debug, Clone)]
struct AsRead;

impl Transform for AsRead {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        if let Some(Value::Array(types)) = object.get_mut("type")
            && types.contains(&json!("string"))
            && types.contains(&json!("number"))
        {
            types.retain(|name| name != "number");
            if let [only] = &types[..] {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
            object.insert("pattern".to_owned(), json!(DECIMAL));
        }
        if object.contains_key("properties") && !object.contains_key("additionalProperties") {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        // The documentation of the types has links to other types. Here their names are enough.
        if let Some(Value::String(description)) = object.get_mut("description") {
            *description = description.replace("[`", "`").replace("`]", "`");
        }
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
    }
}
