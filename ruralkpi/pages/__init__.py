"""What all pages share: typography and style sheets, scripts, file names, the imprint."""
