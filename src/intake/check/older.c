/* Older files, to compare with. The content of each one selects its reader. */
#include <errno.h>
#include <string.h>

#include "check/private.h"
#include "memprof/base/text.h"
#include "memprof/image/uf2.h"
#include "memprof/io/input_fd.h"
#include "memprof/objects/memory_file.h"
#include "memprof/protocol/decoder.h"

/* first: a name; NULL: it does not matter. */
static int refuse_second(const struct blob *old, const char *what, const char *first, const char *advice,
			 struct diag *diag)
{
	return diag_at(diag, (struct place){ .file = old->name }, -EINVAL, "second %s%s%s; %s", what,
		       first ? ", after " : "", first ? first : "", advice);
}

/* ---- what it is ---- */

static bool is_memory(const struct blob *old) { return memory_file_is(old->bytes, old->n_bytes); }

static bool is_report(const struct blob *old) { return old->bytes[strspn(old->bytes, " \t\r\n")] == '{'; }

/* A document of check, and not of run: its reader says what is wrong with others. */
static bool has_tests(const struct blob *old)
{
	return is_report(old) && text_find(old->bytes, MIN(old->n_bytes, (size_t)4096), "\"memprof.check/");
}

/* UF2, or an image for an ESP. */
static bool is_firmware(const struct blob *old)
{
	enum { ESP_MAGIC = 0xe9 };

	return uf2_is((const uint8_t *)old->bytes, old->n_bytes) || (unsigned char)old->bytes[0] == ESP_MAGIC;
}

static bool is_build(const struct blob *old)
{
	struct diag unused = { 0 };

	return image_format_of(old->name, old->bytes, old->n_bytes, &unused);
}

/* Raw flash bytes: neither text nor an agent's log. */
static bool is_plain(const struct blob *old)
{
	const uint8_t *head = (const uint8_t *)old->bytes;

	return memchr(head, '\0', MIN(old->n_bytes, (size_t)4096)) &&
	       !decoder_for(head, MIN(old->n_bytes, (size_t)DECODER_PROBE_BYTES));
}

/* ---- readers: 0, or negative; with diag, unless the reader reported it ---- */

static int read_memory(struct check_inputs *in, struct blob *old, struct diag *diag)
{
	if (in->sides[CHECK_BASE].objects)
		return refuse_second(old, "memory file", NULL, "what is retained is compared with one", diag);
	return check_files_read_objects(in, CHECK_BASE, old);
}

static int read_tests(struct check_inputs *in, struct blob *old, struct diag *diag)
{
	struct check_files *base = &in->sides[CHECK_BASE];

	if (base->has_tests)
		return refuse_second(old, "baseline with tests", NULL, "tests are compared with those of one run",
				     diag);
	int r = tests_read(&base->tests, old->bytes, old->n_bytes, old->name, diag);
	base->has_tests = r == 0;
	return r;
}

static int read_imports(struct check_inputs *in, struct blob *old, struct diag *diag)
{
	struct check_files *base = &in->sides[CHECK_BASE];

	if (base->has_imports || base->imports.n_rows)
		return refuse_second(old, "baseline with imports", NULL, "imports are compared with those of one run",
				     diag);
	int r = imports_read(&base->imports, old->bytes, old->n_bytes, old->name, diag);
	base->has_imports = r == 0;
	return r;
}

static int read_firmware(struct check_inputs *in, struct blob *old, struct diag *diag)
{
	struct firmware_file *bin = &in->sides[CHECK_BASE].bin;

	if (bin->name)
		return refuse_second(old, "file of this kind", bin->name, "an older build has one .bin or .uf2", diag);
	return firmware_file_of(bin, old, false, &in->notices, diag);
}

/* The map and the ELF of the older build may both be there, in any order. */
static int read_build(struct check_inputs *in, struct blob *old, struct diag *diag)
{
	struct build *b = &in->sides[CHECK_BASE].build;
	bool elf = image_format_of(old->name, old->bytes, old->n_bytes, diag) == &image_elf;
	struct input_image *slot = elf ? &b->elf : &b->map;

	if (slot->blob.bytes)
		return refuse_second(old, "file of this kind", slot->image.name,
				     "an older build has a map, an ELF, or one of each", diag);
	int r = input_image_take(slot, old, check_inputs_wanted(in, true), diag);
	return r < 0 ? r : build_settle(b, true, diag);
}

static const struct kind {
	bool (*is)(const struct blob *old);
	bool beside_bin; /* only where the firmware of now is plain bytes, too */
	enum check_input input;
	int (*read)(struct check_inputs *in, struct blob *old, struct diag *diag);
} kinds[] = {
	{ is_memory, false, CHECK_OF_BASELINE_MEMORY, read_memory },
	{ has_tests, false, CHECK_OF_BASELINE_TESTS, read_tests },
	{ is_report, false, CHECK_OF_BASELINE_IMPORTS, read_imports },
	{ is_firmware, false, CHECK_OF_BASELINE_BUILD, read_firmware },
	{ is_build, false, CHECK_OF_BASELINE_BUILD, read_build },
	{ is_plain, true, CHECK_OF_BASELINE_BUILD, read_firmware },
};

static int read_as_it_is(struct check_inputs *in, struct blob *old, struct diag *diag)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!kinds[i].is(old) || (kinds[i].beside_bin && !in->bin))
			continue;
		in->check->given[kinds[i].input] = true;
		return kinds[i].read(in, old, diag);
	}
	return CHECK_OLD_LOG;
}

/* Its kind is not known, or a part of the older build is missing: limits on growth of any kind fail. */
void check_inputs_fail_old(struct check_inputs *in, const char *name)
{
	for (enum check_input i = CHECK_OF_BASELINE_BUILD; i < N_CHECK_INPUTS; i++)
		check_fail(in->check, i, "the baseline %s could not be read", name);
}

int check_inputs_read_old(struct check_inputs *in, const char *name, bool may_be_missing)
{
	struct place at = { .file = name };
	struct blob old = { .bytes = NULL };
	struct diag diag = { 0 };
	int r = input_keep(name, &diag); /* a log is read once more */

	if (r == 0)
		r = blob_read(name, &old, &diag);
	if (r == -ENOENT && may_be_missing) {
		notice_at(&in->notices, at, "warning", "not found; nothing is compared with it");
		return 0;
	}
	if (r == 0 && old.n_bytes == 0)
		r = diag_at(&diag, at, -EINVAL,
			    "empty file; a baseline is a map, an ELF, a firmware's .bin or .uf2, a log with heaps, a"
			    " memory file, or what run --imports --json or check --per-test -o json: wrote");
	if (r == 0)
		r = read_as_it_is(in, &old, &diag);
	if (r < 0 && diag.text[0])
		check_inputs_report(in, r, &diag);
	if (r < 0)
		check_inputs_fail_old(in, name);
	blob_deinit(&old);
	return r;
}
