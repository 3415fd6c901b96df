"""Makes what people type safe and plain."""
