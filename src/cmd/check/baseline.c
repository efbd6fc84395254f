/* Baselines of a check. The content of each --baseline FILE selects its reader. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check/inputs.h"
#include "memprof/base/text.h"
#include "memprof/cli/message.h"
#include "memprof/image/uf2.h"
#include "memprof/io/input_fd.h"
#include "memprof/protocol/decoder.h"

static bool is_report(const struct blob *blob)
{
	size_t i = strspn(blob->bytes, " \t\r\n");

	return blob->bytes[i] == '{';
}

/* A document of check, and not of run: its reader says what is wrong with others. */
static bool has_tests(const struct blob *blob)
{
	return is_report(blob) && text_find(blob->bytes, MIN(blob->n_bytes, (size_t)4096), "\"memprof.check/");
}

/* UF2, or an image for an ESP. */
static bool is_firmware(const struct blob *blob)
{
	enum { ESP_MAGIC = 0xe9 };

	return uf2_is((const uint8_t *)blob->bytes, blob->n_bytes) || (unsigned char)blob->bytes[0] == ESP_MAGIC;
}

/* Raw flash bytes: neither text nor an agent's log. Only with --bin. */
static bool is_plain(const struct check_inputs *in, const struct blob *blob)
{
	const uint8_t *head = (const uint8_t *)blob->bytes;

	return in->args->inputs.bin && memchr(head, '\0', MIN(blob->n_bytes, (size_t)4096)) &&
	       !decoder_for(head, MIN(blob->n_bytes, (size_t)DECODER_PROBE_BYTES));
}

struct older {
	struct blob blob;
	int (*read)(struct check_inputs *in, struct blob *old); /* NULL: missing, as --allow-missing permits */
};

static void select_reader(const struct check_inputs *in, struct older *old)
{
	const struct blob *blob = &old->blob;
	struct diag unused = { 0 };

	if (memory_file_is(blob->bytes, blob->n_bytes))
		old->read = check_memory_read_old;
	else if (has_tests(blob))
		old->read = check_tests_read_old;
	else if (is_report(blob))
		old->read = check_report_read;
	else if (is_firmware(blob))
		old->read = check_builds_read_old_firmware;
	else if (image_format_of(blob->name, blob->bytes, blob->n_bytes, &unused))
		old->read = check_builds_read_old;
	else
		old->read = is_plain(in, blob) ? check_builds_read_old_firmware : check_moments_read_old;
}

static int open_older(const struct check_inputs *in, const char *name, struct older *ret)
{
	struct place at = { .file = name };
	struct diag diag = { 0 };
	int r = input_keep(name, &diag); /* a log is read once more */

	if (r == 0)
		r = blob_read(name, &ret->blob, &diag);

	if (r == -ENOENT && in->args->allow_missing) {
		message_at(at, "warning", "not found; nothing is compared with it");
		return EXIT_FINE;
	}
	if (r < 0) {
		message_diag(&diag);
		return EXIT_INPUT;
	}
	if (ret->blob.n_bytes == 0) {
		message_at(at, "error",
			   "empty file; a baseline is a map, an ELF, a firmware's .bin or .uf2, a log with heaps, a"
			   " memory file, or what run --imports --json or check --per-test -o json: wrote");
		return EXIT_INPUT;
	}
	select_reader(in, ret);
	return EXIT_FINE;
}

/* Its kind is unknown, so limits on growth of any kind fail. */
static void fail_baselines(struct check_inputs *in, const char *name)
{
	static const enum check_input all[] = {
		CHECK_OF_BASELINE_BUILD,      CHECK_OF_BASELINE_HEAP,   CHECK_OF_BASELINE_IMPORTS,
		CHECK_OF_BASELINE_PARTITIONS, CHECK_OF_BASELINE_MEMORY, CHECK_OF_BASELINE_TESTS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		in->given[all[i]] = true;
		check_inputs_fail(in, all[i], "the baseline %s could not be read", name);
	}
}

/* Kinds first: with several logs, only dates give their order. */
int check_baselines_read(struct check_inputs *in)
{
	struct older all[OPTIONS_GIVEN_MAX] = { { .read = NULL } };
	int codes[OPTIONS_GIVEN_MAX], code = EXIT_FINE;
	const struct option_list *names = &in->args->baselines;
	size_t n, n_logs = 0;

	for (n = 0; n < names->n; n++) {
		codes[n] = open_older(in, names->all[n], &all[n]);
		n_logs += all[n].read == check_moments_read_old;
	}
	capture_set_several(in->moments[CHECK_BASE].feed.capture, n_logs > 1);
	for (size_t i = 0; i < n; i++) {
		if (all[i].read)
			codes[i] = all[i].read(in, &all[i].blob);
		if (codes[i] != EXIT_FINE)
			fail_baselines(in, names->all[i]);
		code = exit_worse(code, codes[i]);
		blob_deinit(&all[i].blob);
	}
	return code;
}
