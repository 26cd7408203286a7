"""Import a list in a batch, and print what is due: the Python door in one page.

python examples/import_batch.py crm.db customers.csv
"""

import sys

import crmcli
from crmcli.errors import CrmError


def main(database: str, list_file: str) -> int:
    try:
        # One block is one transaction and one operation of the journal: the list comes in whole, or not at all.
        with crmcli.open(database, create=True, actor="nightly", command="import_batch.py") as crm:
            receipt = crmcli.import_file(crm, list_file)
            crmcli.run_tags(crm)
            crmcli.run_tiers(crm)
    except CrmError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{receipt.file}: {receipt.created} created, {receipt.updated} updated, {receipt.rejected} rejected")
    if receipt.rejects_file:
        print(f"mend and import again: {receipt.rejects_file}", file=sys.stderr)

    with crmcli.open(database, readonly=True) as crm:
        for item in crmcli.due(crm):
            print(item.due_on, item.customer, item.action, item.phone or "", sep="\t")
    return 9 if receipt.rejected else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python import_batch.py DATABASE LIST")
    sys.exit(main(*sys.argv[1:]))
