"""What tests of every kind need around them: processes, certificates, a registry. Standard library only."""
