"""What Renkei uses of python-barcode, typed: the package itself ships no types."""
