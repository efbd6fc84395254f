/* MEMORY and REGION_ALIAS. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ldscript/parts.h"

/* "(rx!w)", if it is next: the attributes without blanks. */
static const char *attributes(struct ld_reader *in)
{
	char kept[16];
	size_t n = 0;

	ld_skip(in);
	if (ld_next_char(in) != '(')
		return "";
	struct place at = ld_place(in);
	const char *first = in->at + 1;
	ld_skip_brackets(in);
	for (const char *p = first; !in->error && p < in->at - 1; p++) {
		if (*p > ' ' && !strchr("rwxailRWXAIL!", *p))
			ld_refuse(in, at, "expected attributes of r, w, x, a, i, l and !, found '%.*s'",
				  (int)MIN(in->at - first - 1, 40), first);
		else if (*p > ' ' && n < sizeof(kept))
			kept[n++] = *p;
	}
	return arena_text(&in->ctx->script->arena, kept, n);
}

/* ORIGIN = … or LENGTH = …, in one of three spellings; to ld's lexer any other one is a name. */
static struct ld_expression region_figure(struct ld_reader *in, const char *const spellings[3])
{
	ld_skip(in);
	const char *start = in->at, *found = NULL;
	struct ld_token token = ld_word(in);

	for (size_t i = 0; i < 3 && !found && !token.quoted; i++) /* ld stops at another case */
		if (token.n_bytes == strlen(spellings[i]) && strncasecmp(token.text, spellings[i], token.n_bytes) == 0)
			found = spellings[i];
	if (!found && !in->error) {
		char what[24];
		snprintf(what, sizeof(what), "%s = …", spellings[0]);
		in->at = start;
		ld_refuse_here(in, what);
	}
	ld_expect(in, "=", spellings[0]);
	return ld_expression(in);
}

/* The index of a region of that name, new or given before; IMAGE_NONE after an error. */
static uint32_t add_region(struct ld_reader *in, const struct ld_token *name, uint32_t number)
{
	struct ld_context *ctx = in->ctx;
	uint32_t i = ctx->region_of_name[number];

	if (i != IMAGE_NONE) {
		ld_note(ctx, name->at, "region %.*s is defined already, in line %" PRIu64 "; this definition counts",
			(int)MIN(name->n_bytes, (size_t)80), name->text, ctx->script->regions[i].at.line);
		return i;
	}
	if (ctx->n_regions >= IMAGE_REGIONS_MAX) {
		ld_refuse(in, name->at, "more than %d regions; no board has that many", IMAGE_REGIONS_MAX);
		return IMAGE_NONE;
	}
	if (!vec_add(ctx, regions) || !vec_add(ctx->script, regions)) {
		ld_stop_no_memory(in);
		return IMAGE_NONE;
	}
	i = (uint32_t)ctx->n_regions - 1;
	ctx->region_of_name[number] = i;
	return i;
}

/* The name is taken. */
static void region(struct ld_reader *in, const struct ld_token *name)
{
	static const char *const origins[3] = { "ORIGIN", "org", "o" }, *const lengths[3] = { "LENGTH", "len", "l" };
	struct ld_context *ctx = in->ctx;
	const char *attributes_text = attributes(in);

	ld_expect(in, ":", "the name of the region");
	struct ld_expression origin = region_figure(in, origins);
	ld_accept(in, ",");
	struct ld_expression length = region_figure(in, lengths);
	uint32_t number = in->error ? IMAGE_NONE : ld_region_number(ctx, name->text, name->n_bytes);
	if (number == IMAGE_NONE) {
		ld_stop_no_memory(in);
		return;
	}
	uint32_t i = add_region(in, name, number);
	if (i == IMAGE_NONE)
		return;
	struct ld_value pending = { .state = LD_PENDING, .which = number };
	ctx->regions[i] = (struct ld_region){ origin, length, pending, pending, number };
	ctx->script->regions[i] =
		(struct ldscript_region){ .name = ld_keep(in, name), .attributes = attributes_text, .at = name->at };
	ld_accept(in, ","); /* ld would stop here */
}

void ld_regions(struct ld_reader *in)
{
	for (;;) {
		struct ld_token name = ld_word(in);
		if (ld_is_empty(&name))
			return;
		if (ld_is(&name, "INCLUDE"))
			ld_include(in, ld_regions);
		else
			region(in, &name);
	}
}

void ld_alias(struct ld_reader *in)
{
	struct ld_context *ctx = in->ctx;

	ld_expect(in, "(", "REGION_ALIAS");
	struct ld_token name = ld_need_word(in, "a name in quotes");
	ld_expect(in, ",", "the alias");
	struct ld_token target = ld_need_word(in, "the name of a region");
	ld_expect(in, ")", "the name of the region");
	if (in->error)
		return;
	uint32_t alias_number = ld_region_number(ctx, name.text, name.n_bytes);
	uint32_t number = ld_region_number(ctx, target.text, target.n_bytes);
	if (alias_number == IMAGE_NONE || number == IMAGE_NONE) {
		ld_stop_no_memory(in);
		return;
	}
	uint32_t region = ctx->region_of_name[number];
	if (region == IMAGE_NONE)
		ld_note(ctx, target.at, "no region %.*s above this alias; ld stops here",
			(int)MIN(target.n_bytes, (size_t)80), target.text);
	if (ctx->region_of_name[alias_number] == IMAGE_NONE)
		ctx->region_of_name[alias_number] = region;
	else
		ld_note(ctx, name.at, "%.*s is a region already; the alias is ignored",
			(int)MIN(name.n_bytes, (size_t)80), name.text);
}
