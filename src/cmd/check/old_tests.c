/* The tests of an older run, to compare with. */
#include "check/inputs.h"
#include "memprof/cli/message.h"

int check_tests_read_old(struct check_inputs *in, struct blob *old)
{
	struct diag diag = { 0 };

	in->given[CHECK_OF_BASELINE_TESTS] = true;
	if (in->has_base_tests) {
		message_at((struct place){ .file = old->name }, "error",
			   "second baseline with tests; tests are compared with those of one run");
		return EXIT_INPUT;
	}
	in->has_base_tests = tests_read(&in->base_tests, old->bytes, old->n_bytes, old->name, &diag) == 0;
	if (in->has_base_tests)
		return EXIT_FINE;
	message_diag(&diag);
	return EXIT_INPUT;
}
