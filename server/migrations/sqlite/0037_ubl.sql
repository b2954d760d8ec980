-- The documents for computers that go with purchase orders.

-- The UBL document of an order that is written into a folder, beside the CSV file in `content`. A
-- mail has it among its attachments. NULL if the order has none.
ALTER TABLE dispatch ADD COLUMN ubl BLOB;
