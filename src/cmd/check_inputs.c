#include "check_inputs.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/uf2.h"
#include "message.h"

void check_inputs_init(struct check_inputs *in, const struct options *options, struct check *check)
{
	*in = (struct check_inputs){ .options = options, .check = check };
	for (size_t i = 0; i < ARRAY_SIZE(in->moments); i++) {
		in->moments[i].check = check;
		in->moments[i].side = (enum check_side)i;
		heap_init(&in->moments[i].heap);
		layout_heaps_init(&in->moments[i].last);
	}
}

void check_inputs_deinit(struct check_inputs *in)
{
	for (size_t i = 0; i < ARRAY_SIZE(in->moments); i++) {
		heap_deinit(&in->moments[i].heap);
		layout_heaps_deinit(&in->moments[i].last);
	}
	check_builds_deinit(&in->now);
	check_builds_deinit(&in->base);
	ldscript_deinit(&in->script);
	components_free(in->rules);
	imports_deinit(&in->imports);
	imports_deinit(&in->base_imports);
	arena_deinit(&in->arena);
}

void check_inputs_fail(struct check_inputs *in, enum check_input input, const char *format, ...)
{
	va_list ap;

	if (in->failed[input])
		return;
	va_start(ap, format);
	in->failed[input] = arena_vprintf(&in->arena, format, ap);
	va_end(ap);
	if (!in->trouble)       /* no limit may be about it, and the run has failed all the same */
		in->trouble = in->failed[input];
}

/* ---- the baseline ---- */

static bool is_report(const char *bytes, size_t n_bytes)
{
	size_t i = 0;

	while (i < n_bytes && strchr(" \t\r\n", bytes[i]) && bytes[i])
		i++;
	return i < n_bytes && bytes[i] == '{';
}

/* As a boot loader or a ROM takes it: UF2, or an image for an ESP. */
static bool is_firmware(const char *bytes, size_t n_bytes)
{
	enum { ESP_MAGIC = 0xe9 };

	return uf2_is((const uint8_t *)bytes, n_bytes) || (n_bytes > 0 && (unsigned char)bytes[0] == ESP_MAGIC);
}

/* No text: the plain bytes of a flash. Only --bin asks for such. */
static bool is_plain(const struct check_inputs *in, const struct blob *blob)
{
	return option_is(in->options, "bin") && memchr(blob->bytes, '\0', MIN(blob->n_bytes, (size_t)4096));
}

/* First for what it is, then by who reads that: a second look into a pipe would wait for ever. */
static bool is_read_again(const char *name)
{
	struct stat st;

	if (strcmp(name, "-") != 0 && (stat(name, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
		return true;
	message_at((struct place){ .file = name }, "error", "a baseline is read twice, and this only once; keep it in a file");
	return false;
}

static int tell(const struct check_inputs *in, const char *name, enum check_baseline *ret)
{
	struct blob blob = { 0 };
	struct diag diag = { 0 };

	if (!is_read_again(name))
		return -EINVAL;
	if (blob_read(name, &blob, &diag) < 0) {
		message_diag(&diag);
		return -EINVAL;
	}
	if (is_report(blob.bytes, blob.n_bytes))
		*ret = BASELINE_REPORT;
	else if (is_firmware(blob.bytes, blob.n_bytes))
		*ret = BASELINE_FIRMWARE;
	else if (image_format_of(name, blob.bytes, blob.n_bytes, &diag))
		*ret = BASELINE_BUILD;
	else if (is_plain(in, &blob))
		*ret = BASELINE_FIRMWARE;
	else
		*ret = BASELINE_LOG;
	bool empty = blob.n_bytes == 0;
	blob_deinit(&blob);
	if (empty)
		message_at((struct place){ .file = name }, "error", "it is empty; a baseline is a map, an ELF, a firmware's .bin or"
			   " .uf2, a log with heaps, or what run --imports --json wrote");
	return empty ? -EINVAL : 0;
}

static int read_old_log(struct check_inputs *in, const char *name)
{
	return check_moments_read(in, CHECK_BASE, name);
}

static int read_baseline(struct check_inputs *in, const char *name)
{
	static int (*const readers[])(struct check_inputs *in, const char *name) = {
		[BASELINE_BUILD] = check_builds_read_old, [BASELINE_FIRMWARE] = check_builds_read_old_firmware,
		[BASELINE_REPORT] = check_report_read, [BASELINE_LOG] = read_old_log,
	};
	enum check_baseline kind;

	if (option_is(in->options, "allow-missing") && access(name, F_OK) != 0 && errno == ENOENT) {
		message_at((struct place){ .file = name }, "warning", "it is not there: nothing is compared with it");
		return EXIT_FINE;
	}
	if (tell(in, name, &kind) == 0)
		return readers[kind](in, name);
	return EXIT_INPUT;
}

/* Nobody can tell what it would have been. */
static void fail_baselines(struct check_inputs *in, const char *name)
{
	static const enum check_input all[] = {
		CHECK_OF_BASELINE_BUILD, CHECK_OF_BASELINE_HEAP, CHECK_OF_BASELINE_IMPORTS, CHECK_OF_BASELINE_PARTITIONS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		in->given[all[i]] = true;
		check_inputs_fail(in, all[i], "the baseline %s could not be read", name);
	}
}

static int read_baselines(struct check_inputs *in)
{
	int code = EXIT_FINE;
	const char *name;

	for (size_t i = 0; (name = option_nth(in->options, "baseline", i)); i++) {
		int r = read_baseline(in, name);
		if (r != EXIT_FINE)
			fail_baselines(in, name);
		code = exit_worse(code, r);
	}
	return code;
}

/* ---- all of them ---- */

/* The board is asked last: what cannot be read costs nobody a run. */
int check_inputs_read(struct check_inputs *in)
{
	const char *live = option_value(in->options, "live"), *script = option_value(in->options, "run"), *log;
	int code = check_builds_read(in), r = read_baselines(in);

	code = exit_worse(code, r);
	for (size_t i = 0; (log = option_nth(in->options, "dump", i)); i++) {
		r = check_moments_read(in, CHECK_NOW, log);
		code = exit_worse(code, r);
	}
	if (script)
		r = check_moments_run(in, script);
	else if (live)
		r = check_moments_live(in, live);
	code = exit_worse(code, r);
	r = check_builds_layouts(in);
	return exit_worse(code, r);
}

/* What was kept while there was nothing to ask for it. */
static int give_kept(const struct layout_heaps *kept, struct check *c)
{
	int r = 0;

	if (kept->any)
		r = check_heap(c, CHECK_NOW, &(struct check_moment){ .heap = &kept->heap, .at_us = NOT_KNOWN, .label = "" });
	for (size_t i = 0; r == 0 && i < kept->n_pools; i++)
		r = check_heap(c, CHECK_NOW, &(struct check_moment){ .pool = &kept->pools[i], .at_us = NOT_KNOWN, .label = "" });
	return r;
}

static struct check_build build_of(const struct check_build_files *files)
{
	return (struct check_build){
		.image = files->image, .bin_name = files->bin.name,
		.bin_bytes = files->bin.name ? files->bin.size_bytes : NOT_KNOWN,
	};
}

int check_inputs_give(struct check_inputs *in, struct check *c)
{
	const struct check_build now = build_of(&in->now), base = build_of(&in->base);
	bool has_now = now.image || now.bin_name, has_base = base.image || base.bin_name;
	int r = 0;

	memcpy(c->given, in->given, sizeof(c->given));
	memcpy(c->failed, in->failed, sizeof(c->failed));
	c->allow_missing = option_is(in->options, "allow-missing");
	if (!in->check)
		r = give_kept(&in->moments[CHECK_NOW].last, c);
	if (r == 0)
		r = check_heaps_offer(c);
	if (r == 0 && has_now)
		r = check_image(c, &now, has_base ? &base : NULL, in->rules);
	if (r == 0 && in->now.has_layout)
		r = check_layout(c, &in->now.layout, in->base.has_layout ? &in->base.layout : NULL);
	if (r == 0 && in->has_imports)
		r = check_imports(c, &in->imports, in->has_base_imports ? &in->base_imports : NULL);
	return r;
}
