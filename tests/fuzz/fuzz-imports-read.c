/* Any bytes as the document of an older run. */
#include "fuzz.h"
#include "memprof/analysis/imports.h"

FUZZ(data, size)
{
	struct imports imports = { .n_more = 0 };
	struct diag diag = { .text = "" };
	int r = imports_read(&imports, (const char *)data, size, "fuzz.json", &diag);

	MUST(r == 0 || ((r == -EINVAL || r == -EFBIG) && diag.text[0] && diag.at.line > 0));
	MUST(imports.n_rows <= IMPORTS_MAX && imports.error == 0);
	for (size_t i = 0; i < imports.n_rows; i++) {
		const struct import_row *row = &imports.rows[i];
		MUST(row->name && row->parent == IMPORTS_NONE);
		MUST(row->kept_bytes > -1000000000000000 && row->kept_bytes < 1000000000000000);
	}
	imports_deinit(&imports);
}
