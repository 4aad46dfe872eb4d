"""Cases become outcomes, outcomes a comparison. The instrument doesn't know what it measures: an arm is a callable."""
