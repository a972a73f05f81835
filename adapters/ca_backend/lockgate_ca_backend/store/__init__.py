"""The in-process CA's database: state that commits together with an effect."""
