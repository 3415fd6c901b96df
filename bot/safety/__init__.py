"""Safety that needs nothing else: alarms seen and answered in this process, whatever else is down."""
