"""Load fallback offers from spreadsheets into Adobe Journey Optimizer's Offer Library."""

__version__ = "0.1.0"
