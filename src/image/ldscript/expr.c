/* Expressions (binutils ld/ldgram.y, 2.40: exp, and the precedence of its operators, which is C's), as operations in
 * the order in which they are worked out. */
#include <errno.h>
#include <string.h>

#include "ldscript/parts.h"

static int emit(struct ld_text *t, enum ld_op_kind kind, uint64_t number)
{
	struct ld_work *w = t->w;
	struct ld_op *op = vec_add(w, ops);

	if (!op)
		return ld_out_of_memory(w);
	*op = (struct ld_op){ kind, number };
	if (kind <= LD_OF_LINK)
		w->stack_depth++;
	else if (kind >= LD_CHOOSE)
		w->stack_depth -= 2;
	else if (kind >= LD_OR_ELSE)
		w->stack_depth--;
	w->stack_max = MAX(w->stack_max, w->stack_depth);
	return 0;
}

static int ternary(struct ld_text *t, unsigned depth);

static int too_deep(struct ld_text *t, unsigned depth)
{
	return depth < LDSCRIPT_NESTING_MAX ?
		       0 :
		       ld_refused(t, ld_place(t), "expressions are nested more than %d deep", LDSCRIPT_NESTING_MAX);
}

/* ---- functions ---- */

/* How the arguments of a function are read; the bracket before them is taken. */
enum arguments { ARGS_ONE, ARGS_TWO, ARGS_ALIGN, ARGS_REGION, ARGS_SYMBOL, ARGS_LINK, ARGS_SEGMENT, ARGS_ASSERT };

static const struct function {
	const char *name;
	enum arguments arguments;
	enum ld_op_kind op;
} functions[] = {
	{ "ORIGIN", ARGS_REGION, LD_ORIGIN },
	{ "LENGTH", ARGS_REGION, LD_LENGTH },
	{ "DEFINED", ARGS_SYMBOL, LD_DEFINED },
	{ "ABSOLUTE", ARGS_ONE, LD_ABSOLUTE },
	{ "LOG2CEIL", ARGS_ONE, LD_LOG2 },
	{ "NEXT", ARGS_ONE, LD_ALIGN_DOT },
	{ "BLOCK", ARGS_ONE, LD_ALIGN_DOT },
	{ "MAX", ARGS_TWO, LD_MAX },
	{ "MIN", ARGS_TWO, LD_MIN },
	{ "ALIGN", ARGS_ALIGN, LD_ALIGN },
	{ "SIZEOF", ARGS_LINK, LD_OF_LINK },
	{ "ADDR", ARGS_LINK, LD_OF_LINK },
	{ "LOADADDR", ARGS_LINK, LD_OF_LINK },
	{ "ALIGNOF", ARGS_LINK, LD_OF_LINK },
	{ "CONSTANT", ARGS_LINK, LD_OF_LINK },
	{ "DATA_SEGMENT_ALIGN", ARGS_LINK, LD_OF_LINK },
	{ "DATA_SEGMENT_END", ARGS_LINK, LD_OF_LINK },
	{ "DATA_SEGMENT_RELRO_END", ARGS_LINK, LD_OF_LINK },
	{ "SEGMENT_START", ARGS_SEGMENT, LD_ABSOLUTE },
	{ "ASSERT", ARGS_ASSERT, LD_ABSOLUTE },
};

static const struct function *function_of(const struct ld_token *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (!name->quoted && strlen(functions[i].name) == name->n_bytes &&
		    memcmp(functions[i].name, name->text, name->n_bytes) == 0)
			return &functions[i];
	return NULL;
}

static int region_argument(struct ld_text *t, const struct function *f)
{
	struct ld_token word;
	char here[40];
	int r = ld_word(t, &word);

	if (r < 0)
		return r;
	if (!word.n_bytes)
		return ld_refused(t, word.at, "expected the name of a region after %s(, here is %s", f->name,
				  ld_here(t, here));
	uint32_t number = ld_region_name_of(t->w, word.text, word.n_bytes);
	return number == NAMES_NONE ? ld_out_of_memory(t->w) : emit(t, f->op, number);
}

static int symbol_argument(struct ld_text *t, const struct function *f)
{
	struct ld_token word;
	char here[40];
	int r = ld_word(t, &word);

	if (r < 0)
		return r;
	if (!word.n_bytes)
		return ld_refused(t, word.at, "expected the name of a symbol after %s(, here is %s", f->name,
				  ld_here(t, here));
	uint32_t number = ld_symbol_of(t->w, word.text, word.n_bytes, word.at);
	return number == IMAGE_NONE ? ld_out_of_memory(t->w) : emit(t, f->op, number);
}

/* What only a link can tell is kept as it is written, for the message. */
static int of_link(struct ld_text *t, const char *text)
{
	uint32_t number = names_add(&t->w->link_names, text, (size_t)(t->at - text));

	return number == NAMES_NONE ? ld_out_of_memory(t->w) : emit(t, LD_OF_LINK, number);
}

static int string_argument(struct ld_text *t, const struct function *f, struct ld_token *ret)
{
	char here[40];
	int r = ld_peek(t, ret);

	if (r < 0)
		return r;
	if (ret->kind != LD_TOKEN_NAME)
		return diag_at(t->w->diag, ret->at, -EINVAL, "expected a text in quotes for %s, here is %s", f->name,
			       ld_here(t, here));
	ld_take(t, ret);
	return 0;
}

/* name is taken; its bracket comes next. */
static int call(struct ld_text *t, const struct function *f, const struct ld_token *name, unsigned depth)
{
	struct ld_token text;
	int r = ld_expect(t, "(", f->name);

	if (r < 0)
		return r;
	if (f->arguments == ARGS_LINK) {
		t->at--;
		r = ld_skip_brackets(t);
		return r < 0 ? r : of_link(t, name->text);
	}
	enum ld_op_kind op = f->op;
	switch (f->arguments) {
	case ARGS_REGION:
		r = region_argument(t, f);
		break;
	case ARGS_SYMBOL:
		r = symbol_argument(t, f);
		break;
	case ARGS_SEGMENT: /* the default; -T… of a link may say otherwise */
		r = string_argument(t, f, &text);
		if (r == 0)
			r = ld_expect(t, ",", "the name of the segment");
		if (r == 0)
			r = ternary(t, depth + 1);
		break;
	case ARGS_ASSERT:
		r = ternary(t, depth + 1);
		if (r == 0)
			r = ld_expect(t, ",", "what ASSERT is to hold");
		if (r == 0)
			r = string_argument(t, f, &text);
		break;
	case ARGS_TWO:
		r = ternary(t, depth + 1);
		if (r == 0)
			r = ld_expect(t, ",", "the first value");
		if (r == 0)
			r = ternary(t, depth + 1);
		break;
	case ARGS_ALIGN:
		r = ternary(t, depth + 1);
		if (r == 0)
			r = ld_accept(t, ",");
		if (r == 0)
			op = LD_ALIGN_DOT;
		else if (r > 0)
			r = ternary(t, depth + 1);
		break;
	default:
		r = ternary(t, depth + 1);
	}
	if (r == 0 && f->arguments != ARGS_REGION && f->arguments != ARGS_SYMBOL && f->arguments != ARGS_ASSERT)
		r = emit(t, op, 0);
	return r < 0 ? r : ld_expect(t, ")", "the last value");
}

/* ---- operators ---- */

static const struct operator
{
	const char *sign;
	enum ld_op_kind op;
	unsigned precedence;
}
operators[] = {
	{ "||", LD_OR_ELSE, 1 },     { "&&", LD_AND_THEN, 2 }, { "|", LD_OR, 3 },          { "^", LD_XOR, 4 },
	{ "&", LD_AND, 5 },          { "==", LD_EQUAL, 6 },    { "!=", LD_UNEQUAL, 6 },    { "<", LD_LESS, 7 },
	{ "<=", LD_LESS_EQUAL, 7 },  { ">", LD_MORE, 7 },      { ">=", LD_MORE_EQUAL, 7 }, { "<<", LD_SHIFT_LEFT, 8 },
	{ ">>", LD_SHIFT_RIGHT, 8 }, { "+", LD_ADD, 9 },       { "-", LD_SUBTRACT, 9 },    { "*", LD_MULTIPLY, 10 },
	{ "/", LD_DIVIDE, 10 },      { "%", LD_MODULO, 10 },
};

static const struct operator* operator_of(const struct ld_token *token)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (ld_is_sign(token, operators[i].sign))
			return &operators[i];
	return NULL;
}

static uint64_t packed(struct place at) { return MIN(at.line, (uint64_t)UINT32_MAX) << 32 | at.col; }

static int name(struct ld_text *t, const struct ld_token *token, unsigned depth)
{
	static const char headers[] = "SIZEOF_HEADERS", old_headers[] = "sizeof_headers";
	const struct function *f = function_of(token);

	if (f)
		return call(t, f, token, depth);
	if (token->n_bytes == 1 && token->text[0] == '.' && !token->quoted)
		return emit(t, LD_DOT, 0);
	if (token->n_bytes == sizeof(headers) - 1 && (memcmp(token->text, headers, token->n_bytes) == 0 ||
						      memcmp(token->text, old_headers, token->n_bytes) == 0))
		return of_link(t, token->text);
	uint32_t number = ld_symbol_of(t->w, token->text, token->n_bytes, token->at);
	return number == IMAGE_NONE ? ld_out_of_memory(t->w) : emit(t, LD_SYMBOL, number);
}

static int unary(struct ld_text *t, unsigned depth)
{
	static const struct {
		const char *sign;
		enum ld_op_kind op;
	} signs[] = {
		{ "-", LD_NEGATE },
		{ "!", LD_NOT },
		{ "~", LD_INVERT },
	};
	struct ld_token token;
	char here[40];
	int r = ld_peek(t, &token);

	if (r == 0)
		r = too_deep(t, depth);
	if (r < 0)
		return r;
	if (token.kind == LD_TOKEN_NUMBER) {
		ld_take(t, &token);
		return emit(t, LD_NUMBER, token.number);
	}
	if (token.kind == LD_TOKEN_NAME) {
		ld_take(t, &token);
		return name(t, &token, depth);
	}
	if (ld_is_sign(&token, "(")) {
		ld_take(t, &token);
		r = ternary(t, depth + 1);
		return r < 0 ? r : ld_expect(t, ")", "the expression");
	}
	if (ld_is_sign(&token, "+")) {
		ld_take(t, &token);
		return unary(t, depth + 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (!ld_is_sign(&token, signs[i].sign))
			continue;
		ld_take(t, &token);
		r = unary(t, depth + 1);
		return r < 0 ? r : emit(t, signs[i].op, 0);
	}
	return ld_refused(t, token.at, "expected a number, a name or '(', here is %s", ld_here(t, here));
}

/* Operators that bind at least as strongly as precedence. */
static int binary(struct ld_text *t, unsigned depth, unsigned precedence)
{
	int r = unary(t, depth);

	while (r == 0) {
		struct ld_token token;
		/* What follows may be no expression any more: the name of a file, say. */
		r = ld_skip(t);
		if (r < 0 || t->at == t->end || !strchr("|^&=!<>+-*/%", *t->at))
			break;
		r = ld_peek(t, &token);
		const struct operator* o = r == 0 ? operator_of(&token) : NULL;
		if (!o || o->precedence < precedence)
			break;
		ld_take(t, &token);
		r = binary(t, depth, o->precedence + 1);
		if (r == 0)
			r = emit(t, o->op, packed(token.at));
	}
	return r;
}

static int ternary(struct ld_text *t, unsigned depth)
{
	int r = too_deep(t, depth);

	if (r == 0)
		r = binary(t, depth, 1);
	if (r == 0)
		r = ld_accept(t, "?");
	if (r <= 0)
		return r;
	r = ternary(t, depth + 1);
	if (r == 0)
		r = ld_expect(t, ":", "what comes behind '?'");
	if (r == 0)
		r = ternary(t, depth + 1);
	return r < 0 ? r : emit(t, LD_CHOOSE, 0);
}

int ld_expression(struct ld_text *t, struct ld_expression *ret)
{
	size_t i_op = t->w->n_ops;
	int r = ld_skip(t);
	struct place at = ld_place(t);

	t->w->stack_depth = 0;
	if (r == 0)
		r = ternary(t, 0);
	if (r == 0)
		*ret = (struct ld_expression){ i_op, t->w->n_ops - i_op, at };
	return r;
}

int ld_assigned(struct ld_text *t, uint32_t symbol, const char *op, struct ld_expression *ret)
{
	struct ld_token sign = { .kind = LD_TOKEN_SIGN, .text = op, .n_bytes = strlen(op) - 1 };
	const struct operator* o = operator_of(&sign);
	size_t i_op = t->w->n_ops;
	int r = ld_skip(t);
	struct place at = ld_place(t);

	if (r < 0)
		return r;
	t->w->stack_depth = 0;
	if (o)
		r = emit(t, symbol == IMAGE_NONE ? LD_DOT : LD_SYMBOL, symbol);
	if (r == 0)
		r = ternary(t, 0);
	if (r == 0 && o)
		r = emit(t, o->op, packed(at));
	if (r == 0)
		*ret = (struct ld_expression){ i_op, t->w->n_ops - i_op, at };
	return r;
}
