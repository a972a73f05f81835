"""The CA's own database: one small module per kind of record, used inside a unit of work.

Each class here belongs to one transaction. It reads what a batch needs in one statement, remembers it, keeps what is to
be written, and writes it in one statement per table when the unit of work is flushed.
"""
