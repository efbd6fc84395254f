/* Builds of cases, as lines. Each begins with "old", "new" or "both", and as the test's plain build:
 *
 *     old .text a.o f 100 g 60     other lines than the plain ones: section, object, its symbols ("-": none) and sizes
 *     new add .heap crt0.o h 4     one line more
 *     new set f size 108           another size, name, section or object of the line of a symbol
 *     new region RAM 0x100 64      origin and length ("-": not known) of a region, which may be new
 *
 * The other verbs are in the two tables below. */
#pragma once

#include "cases.h"
#include "made_image.h"

enum { BUILD_OLD, BUILD_NEW, N_BUILDS, LATE_MAX = 12, BUILD_WORDS = 24 };

struct text_build {
	struct made_image made;
	bool is_given, has_lines;
	char *late[LATE_MAX][BUILD_WORDS]; /* for the image, once it is made */
	size_t n_late;
};

static inline uint64_t text_number(const char *word) { return word[0] == '-' ? NOT_KNOWN : strtoull(word, NULL, 0); }

static inline size_t text_n_lines(const struct made_image *made)
{
	size_t n = 0;

	while (made->lines[n].section)
		n++;
	return n;
}

/* Behind the last line of its section, or of all. */
static inline void text_insert(struct made_image *made, struct made_line line)
{
	size_t n = text_n_lines(made), at = n;

	assert_true(n + 1 < ARRAY_SIZE(made->lines));
	for (size_t i = 0; i < n; i++)
		if (strcmp(made->lines[i].section, line.section) == 0)
			at = i + 1;
	memmove(&made->lines[at + 1], &made->lines[at], (n - at) * sizeof(line));
	made->lines[at] = line;
}

static inline void text_lines(struct made_image *made, char **words)
{
	for (char **pair = words + 2; *pair; pair += 2) {
		char *before = strchr(pair[1], '/');
		text_insert(made, (struct made_line){ words[0], words[1], (uint32_t)strtoul(pair[1], NULL, 0),
						      strcmp(pair[0], "-") ? pair[0] : NULL,
						      before ? text_number(before + 1) : 0 });
	}
}

static inline void text_set(struct made_image *made, char **words)
{
	size_t i = 0;

	while (made->lines[i].section && (!made->lines[i].symbol || strcmp(made->lines[i].symbol, words[0]) != 0))
		i++;
	if (!made->lines[i].section)
		fail_msg("no line of '%s'", words[0]);
	struct made_line line = made->lines[i];
	for (words++; *words; words += 2)
		if (strcmp(words[0], "size") == 0)
			line.size_bytes = (uint32_t)strtoul(words[1], NULL, 0);
		else if (strcmp(words[0], "name") == 0)
			line.symbol = strcmp(words[1], "-") ? words[1] : NULL;
		else if (strcmp(words[0], "object") == 0)
			line.object = words[1];
		else if (strcmp(words[0], "section") == 0)
			line.section = words[1];
		else
			fail_msg("no '%s' of a line", words[0]);
	bool moves = strcmp(line.section, made->lines[i].section) != 0;
	made->lines[i] = line;
	if (moves) {
		memmove(&made->lines[i], &made->lines[i + 1], (text_n_lines(made) - i) * sizeof(line));
		text_insert(made, line);
	}
}

static inline void text_region(struct made_image *made, char **words)
{
	size_t i = 0;

	while (made->regions[i].name && strcmp(made->regions[i].name, words[0]) != 0)
		i++;
	assert_true(i < ARRAY_SIZE(made->regions));
	made->regions[i].name = words[0];
	made->regions[i].origin = text_number(words[1]);
	made->regions[i].length_bytes = text_number(words[2]);
}

/* Of the image itself. */
static inline void text_late(struct image *image, char **w)
{
	const char *verb = w[0];

	if (strcmp(verb, "format") == 0)
		image->format = w[1];
	else if (strcmp(verb, "window") == 0)
		image->regions[0].window = true;
	else if (strcmp(verb, "segment") == 0)
		*vec_add(image, segments) = (struct image_segment){ 0 };
	else if (strcmp(verb, "no-symbols") == 0)
		image->n_symbols = 0;
	else if (strcmp(verb, "frozen") == 0) /* name, size, and the first byte of its hash, or "source" */
		*vec_add(image, frozen) = (struct image_frozen){ .name = w[1],
								 .size_bytes = text_number(w[2]),
								 .source = w[3] && w[3][0] == 's',
								 .hashed = w[3] && w[3][0] != 's',
								 .sha256 = { w[3] ? (uint8_t)atoi(w[3]) : 0 } };
	else if (strcmp(verb, "section") == 0)
		for (size_t i = 0; i < image->n_sections; i++) {
			struct image_section *s = &image->sections[i];
			if (strcmp(s->name, w[1]) != 0)
				continue;
			s->unsure |= strcmp(w[2], "unsure") == 0;
			s->nobits |= strcmp(w[2], "nobits") == 0;
			s->placeholder |= strcmp(w[2], "placeholder") == 0;
			if (strcmp(w[2], "loaded") == 0)
				s->load_region = 0;
			if (strcmp(w[2], "lma") == 0) {
				s->lma = text_number(w[3]);
				s->stored_bytes = text_number(w[4]);
				assert_int_equal(image_resolve(image, &(struct diag){ 0 }), 0);
			}
		}
	else if (strcmp(verb, "symbol") == 0) /* "*": each */
		for (size_t i = 0; i < image->n_symbols; i++) {
			struct image_symbol *s = &image->symbols[i];
			if (strcmp(w[1], "*") != 0 && strlen(w[1]) != s->name.n_bytes)
				continue;
			if (strcmp(w[1], "*") != 0 && memcmp(w[1], s->name.text, s->name.n_bytes) != 0)
				continue;
			s->local |= strcmp(w[2], "local") == 0;
			s->estimated |= strcmp(w[2], "estimated") == 0;
			if (strcmp(w[2], "kind") == 0)
				s->kind = w[3][0];
			if (strcmp(w[2], "size") == 0)
				s->size_bytes = text_number(w[3]);
			if (strcmp(w[2], "name") == 0)
				s->name = (struct image_slice){ w[3], (uint32_t)strlen(w[3]) };
		}
	else
		fail_msg("no '%s' of a build", verb);
}

static inline void text_build_line(struct text_build *build, char **words)
{
	struct made_image *made = &build->made;
	const char *verb = words[0];

	build->is_given = true;
	if (!verb)
		return;
	if (verb[0] == '.') {
		if (!build->has_lines)
			memset(made->lines, 0, sizeof(made->lines));
		build->has_lines = true;
		text_lines(made, words);
	} else if (strcmp(verb, "add") == 0) {
		text_lines(made, words + 1);
	} else if (strcmp(verb, "set") == 0) {
		text_set(made, words + 1);
	} else if (strcmp(verb, "called") == 0) {
		made->name = words[1];
	} else if (strcmp(verb, "region") == 0) {
		text_region(made, words + 1);
	} else if (strcmp(verb, "no-regions") == 0) {
		made->regions[0].name = NULL;
	} else if (strcmp(verb, "rename") == 0) {
		for (size_t i = 0; i < ARRAY_SIZE(made->regions) && made->regions[i].name; i++)
			if (strcmp(made->regions[i].name, words[1]) == 0)
				made->regions[i].name = words[2];
	} else if (strcmp(verb, "flash") == 0) {
		made->flash = text_number(words[1]);
	} else if (strcmp(verb, "ram") == 0) {
		made->ram = text_number(words[1]);
	} else {
		assert_true(build->n_late < LATE_MAX);
		for (size_t i = 0; words[i]; i++)
			build->late[build->n_late][i] = words[i];
		build->n_late++;
	}
}

/* False if the line is none of a build. The words must stay until the images are made. */
static inline bool text_builds_line(struct text_build *builds, char **words)
{
	bool both = strcmp(words[0], "both") == 0, old = strcmp(words[0], "old") == 0;

	if (both || old)
		text_build_line(&builds[BUILD_OLD], words + 1);
	if (both || strcmp(words[0], "new") == 0)
		text_build_line(&builds[BUILD_NEW], words + 1);
	return both || old || strcmp(words[0], "new") == 0;
}

static inline void text_build_make(const struct text_build *build, struct image *ret)
{
	make_image(&build->made, ret);
	for (size_t i = 0; i < build->n_late; i++)
		text_late(ret, (char **)build->late[i]);
}
