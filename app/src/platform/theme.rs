//! The theme (light, dark, or as the device is set) and the attributes of the root element.

use leptos::prelude::document;

use super::hint;

const THEME: &str = "calloff.theme";

/// The colours of the app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// The device's own setting counts.
    #[default]
    Device,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Device, Self::Light, Self::Dark];

    /// The value of `data-theme` on `<html>`. `None` follows the device.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Device => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn from_attribute(attribute: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.attribute() == Some(attribute)).unwrap_or_default()
    }
}

/// The theme chosen on this device.
#[must_use]
pub fn chosen() -> Theme {
    hint::read(THEME).map(|attribute| Theme::from_attribute(&attribute)).unwrap_or_default()
}

/// Draws the page in a theme and keeps the choice on this device.
pub fn choose(theme: Theme) {
    hint::write(THEME, theme.attribute().unwrap_or_default());
    apply(theme);
}

/// Draws the page in a theme.
pub fn apply(theme: Theme) {
    set_root_attribute("data-theme", theme.attribute());
}

/// Sets an attribute of `<html>`. `None` removes it.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else { return };
    // Setting an attribute fails only for an invalid name.
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_found_again_by_its_attribute_and_anything_else_follows_the_device() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_attribute(theme.attribute().unwrap_or_default()), theme);
        }
        assert_eq!(Theme::from_attribute("purple"), Theme::Device);
    }
}
