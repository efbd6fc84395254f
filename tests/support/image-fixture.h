/* Maps in tests: read whole, held against what readelf and nm say of the same link, cut everywhere. */
#pragma once

#include "memprof/base/text.h"
#include "memprof/image/image.h"
#include "sample.h"
#include "unit.h"

static struct image image;
static struct diag diag;
static struct sample map_file;

UNIT_AFTER(image_tear_down)
{
	image_deinit(&image);
	sample_free(&map_file);
}

/* ---- reading ---- */

static inline void read_text(const struct image_format *format, const char *text)
{
	if (image_read(&image, "a.map", text, strlen(text), IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%u: %s", (unsigned)diag.at.line, diag.text);
	assert_string_equal(image.format, format->name);
}

static inline void refuse_text(const char *text, unsigned line, const char *words)
{
	assert_int_equal(image_read(&image, "a.map", text, strlen(text), IMAGE_WANT_SYMBOLS, &diag), -EINVAL);
	if (!strstr(diag.text, words))
		fail_msg("'%s' does not say '%s'", diag.text, words);
	assert_string_equal(diag.at.file, "a.map");
	assert_int_equal(diag.at.line, line);
	image_deinit(&image);
}

/* Sections add up: pieces lie side by side from the first byte to the last. */
static inline void assert_accounts(void)
{
	uint64_t sections_bytes = 0, objects_bytes = 0;

	for (size_t i = 0; i < image.n_sections; i++) {
		const struct image_section *s = &image.sections[i];
		uint64_t at = s->vma;
		for (size_t k = s->i_piece; k < s->i_piece + s->n_pieces; k++) {
			assert_u64_equal(image.pieces[k].address, at);
			at += image.pieces[k].size_bytes;
		}
		assert_u64_equal(at, s->vma + s->size_bytes);
		assert_u64_equal(s->unattributed_bytes, 0);
		sections_bytes += s->alloc && !s->reserved && !s->placeholder ? s->size_bytes : 0;
	}
	for (size_t i = 0; i < image.n_objects; i++)
		objects_bytes += image.objects[i].size_bytes;
	assert_u64_equal(objects_bytes, sections_bytes);
}

static inline void read_bytes(const struct image_format *format, const struct sample *file)
{
	if (image_read(&image, file->name, (const char *)file->bytes, file->n_bytes, IMAGE_WANT_SYMBOLS, &diag) != 0)
		fail_msg("%s:%u: %s", file->name, (unsigned)diag.at.line, diag.text);
	assert_string_equal(image.format, format->name);
	assert_accounts();
}

static inline void read_sample(const struct image_format *format, const char *name)
{
	sample_read(name, &map_file);
	read_bytes(format, &map_file);
}

/* Foreign data beside the project; where it is not there the test says that it is skipped. */
static inline void read_shared(const char *name, struct sample *ret)
{
	if (!sample_read_shared(name, ret))
		skip();
}

/* ---- truth ---- */

static inline const struct image_section *find_section(const char *name, uint64_t vma)
{
	for (size_t i = 0; i < image.n_sections; i++)
		if (image.sections[i].vma == vma && strcmp(image.sections[i].name, name) == 0)
			return &image.sections[i];
	return NULL;
}

enum { KINDS_TOO = 1 }; /* also what is zeroed at start, where the map tells */

/* readelf -SW: "[ 1] .text PROGBITS 08000040 010040 0002c8 00 AX 0 0 4". */
static inline void assert_readelf(const struct sample *file, unsigned flags)
{
	char *text = (char *)file->bytes;
	size_t n_rows = 0, n_alloc = 0;

	text[file->n_bytes - 1] = '\0';
	for (char *p = text, *next; p; p = next) {
		char name[80], type[24], letters[16];
		unsigned long vma, offset, size, entry;
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		char *bracket = strchr(p, ']');
		if (!bracket || sscanf(bracket + 1, " %79s %23s %lx %lx %lx %lx %15s", name, type, &vma, &offset, &size,
				       &entry, letters) != 7)
			continue;
		if (!strchr(letters, 'A') || !size)
			continue;
		n_rows++;
		const struct image_section *s = find_section(name, vma);
		if (!s || s->size_bytes != size || !s->alloc)
			fail_msg("%s at 0x%lx of 0x%lx bytes is not so", name, vma, size);
		if (flags & KINDS_TOO && s->nobits != (strcmp(type, "NOBITS") == 0))
			fail_msg("%s: %s", name, type);
	}
	for (size_t i = 0; i < image.n_sections; i++)
		n_alloc += image.sections[i].alloc;
	assert_true(n_rows > 3);
	assert_int_equal(n_alloc, n_rows);
}

static inline const struct image_symbol *find_symbol(const char *name, uint64_t address)
{
	for (size_t i = 0; i < image.n_symbols; i++) {
		const struct image_symbol *s = &image.symbols[i];
		if (s->address == address && s->name.n_bytes == strlen(name) &&
		    memcmp(s->name.text, name, s->name.n_bytes) == 0)
			return s;
	}
	return NULL;
}

/* nm -S --size-sort: "08000040 0000001c T main". How many of them the image does not have just so. */
static inline size_t missing_of_nm(const struct sample *file, size_t *ret_rows)
{
	char *text = (char *)file->bytes;
	size_t n_missing = 0;

	*ret_rows = 0;
	text[file->n_bytes - 1] = '\0';
	for (char *p = text, *next; p; p = next) {
		char name[200], kind;
		unsigned long address, size;
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		if (sscanf(p, "%lx %lx %c %199s", &address, &size, &kind, name) != 4)
			continue;
		++*ret_rows;
		const struct image_symbol *s = find_symbol(name, address);
		n_missing += !s || s->size_bytes != size;
	}
	return n_missing;
}

static inline void assert_readelf_of(const char *name, unsigned flags)
{
	struct sample truth;

	sample_read(name, &truth);
	assert_readelf(&truth, flags);
	sample_free(&truth);
}

static inline uint64_t bytes_of(const char *path, const char *member)
{
	for (size_t i = 0; i < image.n_objects; i++) {
		const struct image_object *o = &image.objects[i];
		if (strcmp(o->path, path) == 0 && (member ? o->member && strcmp(o->member, member) == 0 : !o->member))
			return o->size_bytes;
	}
	return NOT_KNOWN;
}

/* ---- damage ---- */

static inline uint64_t alloc_bytes(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < image.n_sections; i++)
		sum += image.sections[i].alloc ? image.sections[i].size_bytes : 0;
	return sum;
}

/* Whatever is cut off: the map is refused, or nothing that takes memory is missing, or a note says so. */
static inline void assert_cuts(const char *name)
{
	size_t n_refused = 0;

	sample_read(name, &map_file);
	const char *bytes = (const char *)map_file.bytes;
	assert_int_equal(image_read(&image, name, bytes, map_file.n_bytes, 0, &diag), 0);
	uint64_t whole_bytes = alloc_bytes();
	uint64_t n_notes = image.n_notes;
	size_t step = map_file.n_bytes / 3000 + 1;
	for (size_t n = 0; n < map_file.n_bytes; n += step) {
		char *copy = malloc(n + 1); /* ends where its memory ends */
		assert_non_null(copy);
		memcpy(copy, bytes, n);
		image_deinit(&image);
		int r = image_read(&image, name, copy, n, IMAGE_WANT_SYMBOLS, &diag);
		if (r == 0) {
			assert_accounts();
			if (alloc_bytes() != whole_bytes && image.n_notes == n_notes)
				fail_msg("%s cut to %zu bytes: %llu of %llu bytes, and nothing is said", name, n,
					 (unsigned long long)alloc_bytes(), (unsigned long long)whole_bytes);
		} else {
			assert_int_equal(r, -EINVAL);
			assert_true(diag.text[0]);
			n_refused++;
		}
		image_deinit(&image);
		free(copy);
	}
	assert_true(n_refused > map_file.n_bytes / step / 3);
}

/* Digits become others, blanks and letters too: whatever comes out adds up. */
static inline void assert_withstands_damage(const char *name)
{
	static const char alphabet[] = "0f9x -:()[]*=\n'.,|";
	uint32_t random = 0x2545f491;

	sample_read(name, &map_file);
	for (unsigned round = 0; round < 400; round++) {
		char *copy = malloc(map_file.n_bytes);
		assert_non_null(copy);
		memcpy(copy, map_file.bytes, map_file.n_bytes);
		for (unsigned i = 0; i <= round % 40; i++)
			copy[next_random(&random) % map_file.n_bytes] =
				alphabet[next_random(&random) % (sizeof(alphabet) - 1)];
		if (image_read(&image, name, copy, map_file.n_bytes, IMAGE_WANT_SYMBOLS, &diag) == 0)
			assert_accounts();
		image_deinit(&image);
		free(copy);
	}
}
