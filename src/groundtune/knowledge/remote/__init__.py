"""Documents at addresses: what an address names, which machines may be asked, and how files are fetched.

address   an address without its secrets, as it is kept and shown
guard     which machine an address may lead to
web       http and https: files, and pages that list files
bucket    s3, through fsspec

Nothing here is imported before a person names an address.
"""
