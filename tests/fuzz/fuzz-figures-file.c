/* Any bytes as the data file of known figures; what passes is compiled. */
#include "fuzz.h"
#include "memprof/input/figures_file.h"

FUZZ(data, size)
{
	struct figures_file file;
	struct diag diag = { .text = "" };
	int r = figures_file_parse(&file, (const char *)data, size, "fuzz.json", &diag);

	if (r < 0) {
		MUST((r == -EINVAL || r == -EFBIG) && diag.text[0] && diag.at.line > 0);
		figures_file_deinit(&file);
		return;
	}
	for (size_t i = 0; i < file.n_entries; i++) {
		struct figures *figures = figures_new();
		MUST(figures);
		r = figures_entry_use(&file.entries[i], figures, &diag);
		MUST(r == 0 || diag.text[0]);
		figures_free(figures);
	}
	figures_file_deinit(&file);
}
