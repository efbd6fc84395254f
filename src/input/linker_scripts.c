#include "memprof/input/linker_scripts.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/vec.h"
#include "memprof/cli/message.h"
#include "memprof/io/blob.h"

/* What was opened: kept until the scripts are read, as they borrow it. */
struct opened {
	struct arena arena; /* names of files */
	VEC(struct blob, blobs);
	const struct options *options;
};

static void opened_deinit(struct opened *o)
{
	for (size_t i = 0; i < o->n_blobs; i++)
		blob_deinit(&o->blobs[i]);
	vec_deinit(o, blobs);
	arena_deinit(&o->arena);
}

static int open_text(struct opened *o, const char *name, struct ldscript_text *ret, struct diag *diag)
{
	struct blob blob;
	int r = blob_read(arena_text(&o->arena, name, strlen(name)), &blob, diag);

	if (r < 0)
		return r;
	struct blob *kept = vec_add(o, blobs);
	if (!kept) {
		blob_deinit(&blob);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	*kept = blob;
	*ret = (struct ldscript_text){ blob.name, blob.bytes, blob.n_bytes };
	return 0;
}

/* In the folder of the text that names it, as it is named, then in each -L. */
static int include(void *of, const char *name, const char *from, struct ldscript_text *ret, struct diag *diag)
{
	struct opened *o = of;
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *slash = strrchr(from, '/'), *folder;

	if (slash && name[0] != '/')
		strbuf_add(&path, from, (size_t)(slash - from) + 1);
	strbuf_puts(&path, name);
	int r = open_text(o, strbuf_text(&path), ret, diag);
	if (r == -ENOENT)
		r = open_text(o, name, ret, diag);
	for (size_t i = 0; r == -ENOENT && (folder = option_nth(o->options, "path", i)); i++) {
		strbuf_reset(&path);
		strbuf_printf(&path, "%s/%s", folder, name);
		r = open_text(o, strbuf_text(&path), ret, diag);
	}
	return r;
}

/* All values of an option; ret has room for OPTIONS_GIVEN_MAX. */
static size_t values_of(const struct options *options, const char *name, const char **ret)
{
	size_t n = 0;

	while (n < OPTIONS_GIVEN_MAX && (ret[n] = option_nth(options, name, n)))
		n++;
	return n;
}

/* 1, or -EINVAL after a message: what else tells of scripts tells of none. */
static int without_script(const struct options *options)
{
	static const char *const names[] = { "define", "defsym", "path" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (option_is(options, names[i])) {
			message_error("--%s is for a linker script: give that with --ld FILE", names[i]);
			return -EINVAL;
		}
	return 1;
}

int ldscripts_read(const struct options *options, struct ldscript *ret)
{
	struct ldscript_text texts[OPTIONS_GIVEN_MAX];
	const char *names[OPTIONS_GIVEN_MAX], *defines[OPTIONS_GIVEN_MAX], *defsyms[OPTIONS_GIVEN_MAX];
	struct opened o CLEANUP(opened_deinit) = { .options = options };
	struct diag diag = { 0 };
	size_t n = values_of(options, "ld", names);
	int r = 0;

	*ret = (struct ldscript){ 0 };
	if (n == 0)
		return without_script(options);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = open_text(&o, names[i], &texts[i], &diag);
	const struct ldscript_options how = {
		.defsyms = defsyms,
		.n_defsyms = values_of(options, "defsym", defsyms),
		.defines = defines,
		.n_defines = values_of(options, "define", defines),
		.include = include,
		.of = &o,
	};
	if (r == 0)
		r = ldscript_read(ret, texts, n, &how, &diag);
	if (r == 0)
		return 0;
	if (!diag.at.file)
		diag.at.file = names[0];
	message_diag(&diag);
	return -EINVAL;
}

int ldscripts_give_regions(const struct ldscript *script, struct image *image)
{
	struct diag diag = { 0 };
	int n = image_regions_from_ldscript(image, script);

	if (n == 0)
		return 0;
	int r = n < 0 ? diag_set(&diag, n, "out of memory") : image_settle(image, &diag);
	if (r == 0)
		return n;
	message_diag(&diag);
	return -EINVAL;
}
