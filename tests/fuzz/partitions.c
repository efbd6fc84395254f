#include "partitions.h"

#include "fuzz.h"

static void rows_must_hold(const struct partition_table *t, const struct partition_options *options)
{
	uint64_t end = partition_table_end(t);

	MUST(t->table_offset % PARTITION_SECTOR_BYTES == 0);
	MUST(t->bootloader_offset == NOT_KNOWN || t->bootloader_offset < t->table_offset);
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct partition *a = &t->rows[i];
		MUST(memchr(a->name, '\0', sizeof(a->name)));
		MUST(a->type <= 0xff && a->subtype <= PARTITION_SUBTYPE_OTHER);
		MUST(a->offset <= UINT32_MAX && a->offset + a->size_bytes <= end && end <= (uint64_t)1 << 32);
		MUST(a->offset + a->size_bytes <= options->flash_bytes);
		MUST(a->line > 0 && (i == 0 || a->line > t->rows[i - 1].line));
		MUST(a->used_bytes == NOT_KNOWN || a->used_bytes <= a->size_bytes);
		for (size_t k = 0; k < i; k++) {
			const struct partition *b = &t->rows[k];
			MUST(strcmp(a->name, b->name) != 0);
			if (a->type > PARTITION_TYPE_DATA && a->type <= PARTITION_TYPE_TABLE)
				continue; /* boot loader and table, whose places are fixed */
			if (b->type <= PARTITION_TYPE_DATA || b->type > PARTITION_TYPE_TABLE)
				MUST(a->offset >= b->offset + b->size_bytes || b->offset >= a->offset + a->size_bytes);
		}
	}
}

static void fit_must_hold(const struct partition_table *t, uint64_t image_bytes)
{
	struct partition_fit fit;

	for (int kind = PARTITION_FIT_APP; kind <= PARTITION_FIT_TEE; kind++) {
		partition_table_fit(t, image_bytes, (enum partition_fit_kind)kind, &fit);
		MUST(fit.n_slots <= t->n_rows && !fit.n_slots == !fit.smallest);
		MUST((fit.verdict == PARTITION_NO_SLOTS) == !fit.n_slots);
		MUST(fit.free_permille <= 1000);
		for (size_t i = 0; i < fit.n_slots; i++) {
			MUST(!fit.slots[i].free_bytes || !fit.slots[i].over_bytes);
			MUST(fit.slots[i].row->size_bytes + fit.slots[i].over_bytes ==
			     image_bytes + fit.slots[i].free_bytes);
		}
	}
}

void partitions_must_hold(const uint8_t *bytes, size_t n_bytes, const struct partition_options *options)
{
	struct partition_table t;
	struct diag diag = { .text = "" };
	int r = partition_table_read(&t, "fuzz", bytes, n_bytes, options, &diag);

	MUST(r == 0 || (r == -EINVAL && diag.text[0]));
	MUST(t.n_rows <= PARTITIONS_MAX && t.n_notes <= PARTITION_NOTES_MAX);
	for (size_t i = 0; i < t.n_notes; i++)
		MUST(t.notes[i].text[0]);
	if (r == 0) {
		struct partition_vfs vfs;
		size_t at = 0;
		const struct partition *app = partition_table_app(&t, bytes, n_bytes, &at);
		MUST(!app || (app >= t.rows && app < t.rows + t.n_rows && at < n_bytes));
		if (t.source == PARTITION_FROM_DUMP && t.table_offset == PARTITION_TABLE_OFFSET)
			MUST(partition_dump_is(bytes, n_bytes));
		rows_must_hold(&t, options);
		fit_must_hold(&t, n_bytes * 977);
		if (partition_table_vfs(&t, options->flash_bytes, &vfs))
			MUST(vfs.size_bytes && vfs.offset + vfs.size_bytes == vfs.flash_bytes);
	}
	partition_table_deinit(&t);
}
