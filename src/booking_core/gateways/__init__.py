"""Payment providers, each behind `booking_core.ports.PaymentGateway`."""
