"""Every setting of the loader: flags > environment > profile in loader.toml > defaults.

fields       the settings: names, meaning, defaults, what is accepted
layers       who gave which value, and the nearest name for one that does not exist
config_file  loader.toml: where it is looked for, its profiles
inbox        the settings of an inbox, which have a table of their own
secrets      a secret's value from a file or the system keyring
loading      all of it together: Settings, or one SettingsError that names every problem
"""

from loader.settings.fields import Settings
from loader.settings.loading import config_document, load_settings

__all__ = ["Settings", "config_document", "load_settings"]
