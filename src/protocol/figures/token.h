/* What patterns are made of, and the units of numbers. */
#pragma once

#include "figures/pattern.h"

enum token_kind { TOKEN_LITERAL, TOKEN_BLANK, TOKEN_ANY, TOKEN_FIELD };

struct figures_token {
	enum token_kind kind;
	enum figure figure; /* TOKEN_FIELD */
	uint32_t unit;      /* bytes, as the pattern has the unit's word behind it; 0: as the line says */
	uint32_t otherwise; /* where the line says none either; 0: bytes */
	bool hex, in_blocks;
	const char *text; /* TOKEN_LITERAL */
	size_t n_text;
};

/* "K", "MiB", "16", "hex", "block": sets otherwise, hex or in_blocks. */
bool figures_unit_named(const char *name, size_t n, struct figures_token *ret);
/* A unit at p that no letter or digit follows: what follows it; NULL if there is none. */
const char *figures_unit_at(const char *p, const char *end, uint32_t *ret_unit);
