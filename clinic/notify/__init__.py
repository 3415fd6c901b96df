"""How the clinic is told: one module for each channel, each with a `send` that raises DeliveryError."""
