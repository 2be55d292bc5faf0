"""How a BIF fails: the helpers of process/errors.pxd, under the name that every BIF file uses."""
from enigma.process.errors cimport *
