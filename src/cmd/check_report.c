/* The imports of an older run, as the baseline of imports. */
#include "check_inputs.h"
#include "message.h"

int check_report_read(struct check_inputs *in, const char *name)
{
	struct blob blob = { 0 };
	struct diag diag = { 0 };
	int r = blob_read(name, &blob, &diag);

	in->given[CHECK_OF_BASELINE_IMPORTS] = true;
	if (r == 0)
		r = imports_read(&in->base_imports, blob.bytes, blob.n_bytes, name, &diag);
	blob_deinit(&blob);
	in->has_base_imports = r == 0;
	if (r == 0)
		return EXIT_FINE;
	message_diag(&diag);
	return EXIT_INPUT;
}
