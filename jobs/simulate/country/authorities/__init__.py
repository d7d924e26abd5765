"""The authorities of the simulated country and all who work with them: regulators, laboratories, brand
owners, customs, the standards body, the complaint centre.

They keep one set of tables with the columns of the silver tables (`dossier`). Its hidden columns, which
begin with `_` and are in no file, say who reports a row (`_office`, `_lab`, `_brand`, `_channel`) and the
day from which it is reported (`_known`). A purchase that does not become a tested sample has an exit before
the test (exit_kind): it is `void`, or a `violation`, that is, it is referred before the test.
"""
