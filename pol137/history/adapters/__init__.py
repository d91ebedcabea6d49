"""Files of former systems, read as they come, and the file of refused rows."""
