/* The imports of an older run, as the baseline of imports. */
#include "check/inputs.h"
#include "memprof/cli/message.h"

int check_report_read(struct check_inputs *in, struct blob *old)
{
	struct diag diag = { 0 };

	in->given[CHECK_OF_BASELINE_IMPORTS] = true;
	if (in->has_base_imports || in->base_imports.n_rows) {
		message_at((struct place){ .file = old->name }, "error",
			   "second baseline with imports; imports are compared with those of one run");
		return EXIT_INPUT;
	}
	in->has_base_imports = imports_read(&in->base_imports, old->bytes, old->n_bytes, old->name, &diag) == 0;
	if (in->has_base_imports)
		return EXIT_FINE;
	message_diag(&diag);
	return EXIT_INPUT;
}
