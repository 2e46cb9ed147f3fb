"""The part of python-escpos that this project uses: names of commands, and its list of models."""
