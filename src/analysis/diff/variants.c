/* Names that a toolchain chooses: of an archive's variant, of an object that it makes in a temporary folder. */
#include <errno.h>
#include <string.h>

#include "diff/private.h"
#include "memprof/base/glob.h"

/* ---- archives ---- */

static struct image_slice leaf_of(const char *path)
{
	size_t n = strlen(path);
	const char *at = path + n;

	while (at > path && at[-1] != '/' && at[-1] != '\\')
		at--;
	return slice_of(at);
}

static bool drop_end(struct image_slice *s, const char *end)
{
	uint32_t n = (uint32_t)strlen(end);
	bool has = s->n_bytes > n && memcmp(s->text + s->n_bytes - n, end, n) == 0;

	s->n_bytes -= has ? n : 0;
	return has;
}

/* newlib 4.3, newlib/Makefile.am: libg.a is libc.a. Arm's GNU toolchain has each library also as NAME_nano.a, built for
 * size; until 2015 they were NAME_s.a. */
struct image_slice diff_archive_name(const char *path)
{
	static const char *const variants[] = { "_nano", "_s" };
	struct image_slice name = leaf_of(path);

	if (!drop_end(&name, ".a"))
		return name;
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		if (drop_end(&name, variants[i]))
			break;
	return name.n_bytes == 4 && memcmp(name.text, "libg", 4) == 0 ? slice_of("libc") : name;
}

/* "vfprintf.o" of "libc_a-nano-vfprintf.o", as newlib calls what it has in two forms. */
static struct image_slice plain_member(const char *member)
{
	static const char *const beginnings[] = { "libc_a-", "lib_a-", "libm_a-", "nano-" };
	struct image_slice name = slice_of(member);

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint32_t n = (uint32_t)strlen(beginnings[i]);
		if (name.n_bytes > n && memcmp(name.text, beginnings[i], n) == 0)
			name = (struct image_slice){ name.text + n, name.n_bytes - n };
	}
	return name;
}

static int set_members(struct match_side *side, const struct image *image, struct names *archives, bool plain)
{
	for (size_t i = 0; i < side->n; i++) {
		const struct image_object *o = &image->objects[i];
		side->keys[i] = (struct match_key){ 0 };
		if (!o->member || side->partner[i] != MATCH_NONE)
			continue;
		struct image_slice archive = diff_archive_name(o->path);
		uint32_t number = names_add(archives, archive.text, archive.n_bytes);
		if (number == NAMES_NONE)
			return -ENOMEM;
		struct image_slice name = plain ? plain_member(o->member) : slice_of(o->member);
		side->keys[i] = (struct match_key){ .text = name.text, .n_bytes = name.n_bytes, .with = { number } };
	}
	return 0;
}

int diff_match_variants(struct diff_objects *objects, const struct image *old, const struct image *new)
{
	struct arena arena = { 0 };
	struct names archives = { .arena = &arena };
	int r = 0;

	for (int plain = 0; plain < 2 && r == 0; plain++) {
		r = set_members(&objects->pairs.old, old, &archives, plain);
		if (r == 0)
			r = set_members(&objects->pairs.new, new, &archives, plain);
		if (r == 0)
			r = match_round(&objects->pairs.old, &objects->pairs.new, MATCH_SINGLE);
	}
	names_deinit(&archives);
	arena_deinit(&arena);
	return r;
}

/* ---- objects ---- */

/* GCC 12, libiberty/make-temp-file.c (six letters or digits behind "cc"), gcc/lto-wrapper.cc (.lto.o,
 * .debug.temp.o); LLVM 14, clang/lib/Driver/Driver.cpp ("main-1a2b3c.o"), llvm/tools/gold/gold-plugin.cpp
 * ("lto-llvm-1a2b3c.o"). */
#define ANY "[0-9A-Za-z]"
#define HEX "[0-9a-f]"
static const struct random_name {
	const char *glob;
	uint32_t n_end; /* bytes from the random ones on */
} random_names[] = {
	{ "cc" ANY ANY ANY ANY ANY ANY ".o", 8 },
	{ "cc" ANY ANY ANY ANY ANY ANY ".lto.o", 12 },
	{ "cc" ANY ANY ANY ANY ANY ANY ".debug.temp.o", 19 },
	{ "*-" HEX HEX HEX HEX HEX HEX ".o", 8 },
};

static void set_random_name(struct match_key *key, const char *path)
{
	struct image_slice leaf = leaf_of(path);

	*key = (struct match_key){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(random_names); i++) {
		if (!glob_match(random_names[i].glob, leaf.text))
			continue;
		*key = (struct match_key){ .text = leaf.text,
					   .n_bytes = leaf.n_bytes - random_names[i].n_end,
					   .with = { i } };
		return;
	}
}

static void set_random_names(struct match_side *side, const struct image *image)
{
	for (size_t i = 0; i < side->n; i++) {
		side->keys[i] = (struct match_key){ 0 };
		if (!image->objects[i].member)
			set_random_name(&side->keys[i], image->objects[i].path);
	}
}

int diff_match_random_names(struct diff_objects *objects, const struct image *old, const struct image *new)
{
	set_random_names(&objects->pairs.old, old);
	set_random_names(&objects->pairs.new, new);
	return match_round(&objects->pairs.old, &objects->pairs.new, MATCH_IN_ORDER);
}
