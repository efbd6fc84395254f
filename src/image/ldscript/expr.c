/* Expressions (binutils ld/ldgram.y, 2.40: exp, and the precedence of its operators, which is C's), as operations in
 * the order of their evaluation. */
#include <stdio.h>
#include <string.h>

#include "ldscript/parts.h"

static void emit(struct ld_reader *in, enum ld_op_kind kind, uint64_t number)
{
	struct ld_context *ctx = in->ctx;
	struct ld_op *op = in->error ? NULL : vec_add(ctx, ops);

	if (!op) {
		ld_stop_no_memory(in);
		return;
	}
	*op = (struct ld_op){ kind, number };
	if (kind <= LD_LINK_VALUE)
		ctx->stack_depth++;
	else if (kind >= LD_TERNARY)
		ctx->stack_depth -= 2;
	else if (kind >= LD_LOGICAL_OR)
		ctx->stack_depth--;
	ctx->stack_max = MAX(ctx->stack_max, ctx->stack_depth);
}

/* number: of a name, or IMAGE_NONE without memory. */
static void emit_name(struct ld_reader *in, enum ld_op_kind kind, uint32_t number)
{
	if (number == IMAGE_NONE)
		ld_stop_no_memory(in);
	emit(in, kind, number);
}

static void ternary(struct ld_reader *in, unsigned depth);

static void check_depth(struct ld_reader *in, unsigned depth)
{
	if (depth >= LDSCRIPT_NESTING_MAX)
		ld_refuse(in, ld_place(in), "expressions are nested more than %d deep", LDSCRIPT_NESTING_MAX);
}

/* ---- functions ---- */

/* How the arguments of a function are read. */
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
	{ "SIZEOF", ARGS_LINK, LD_LINK_VALUE },
	{ "ADDR", ARGS_LINK, LD_LINK_VALUE },
	{ "LOADADDR", ARGS_LINK, LD_LINK_VALUE },
	{ "ALIGNOF", ARGS_LINK, LD_LINK_VALUE },
	{ "CONSTANT", ARGS_LINK, LD_LINK_VALUE },
	{ "DATA_SEGMENT_ALIGN", ARGS_LINK, LD_LINK_VALUE },
	{ "DATA_SEGMENT_END", ARGS_LINK, LD_LINK_VALUE },
	{ "DATA_SEGMENT_RELRO_END", ARGS_LINK, LD_LINK_VALUE },
	{ "SEGMENT_START", ARGS_SEGMENT, LD_ABSOLUTE },
	{ "ASSERT", ARGS_ASSERT, LD_ABSOLUTE },
};

static const struct function *find_function(const struct ld_token *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (ld_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

/* The name of a region or a symbol. */
static void name_argument(struct ld_reader *in, const struct function *f)
{
	bool is_region = f->arguments == ARGS_REGION;
	char what[48];

	snprintf(what, sizeof(what), "the name of a %s after %s(", is_region ? "region" : "symbol", f->name);
	struct ld_token word = ld_need_word(in, what);
	if (!in->error)
		emit_name(in, f->op,
			  is_region ? ld_region_number(in->ctx, word.text, word.n_bytes) :
				      ld_symbol_number(in->ctx, word.text, word.n_bytes, word.at));
}

/* A value that only a link has is kept as it is written, for messages. */
static void link_value(struct ld_reader *in, const char *text)
{
	if (!in->error)
		emit_name(in, LD_LINK_VALUE, names_add(&in->ctx->link_names, text, (size_t)(in->at - text)));
}

static void string_argument(struct ld_reader *in)
{
	struct ld_token text = ld_peek(in);

	if (text.kind != LD_TOKEN_NAME)
		ld_refuse_here(in, "a text in quotes");
	ld_take(in, &text);
}

/* The name of the function is taken. */
static void call(struct ld_reader *in, const struct function *f, const struct ld_token *name, unsigned depth)
{
	enum ld_op_kind op = f->op;

	ld_expect(in, "(", f->name);
	if (f->arguments == ARGS_LINK) {
		if (!in->error)
			in->at--;
		ld_skip_brackets(in);
		link_value(in, name->text);
		return;
	}
	if (f->arguments == ARGS_REGION || f->arguments == ARGS_SYMBOL) {
		name_argument(in, f);
		ld_expect(in, ")", "the name");
		return;
	}
	if (f->arguments == ARGS_SEGMENT) { /* the default; -T… of a link may override it */
		string_argument(in);
		ld_expect(in, ",", "the name of the segment");
	}
	ternary(in, depth + 1);
	if (f->arguments == ARGS_ASSERT) {
		ld_expect(in, ",", "the condition of ASSERT");
		string_argument(in);
	} else if (f->arguments == ARGS_TWO) {
		ld_expect(in, ",", "the first value");
		ternary(in, depth + 1);
	} else if (f->arguments == ARGS_ALIGN) {
		if (ld_accept(in, ","))
			ternary(in, depth + 1);
		else
			op = LD_ALIGN_DOT;
	}
	if (f->arguments != ARGS_ASSERT)
		emit(in, op, 0);
	ld_expect(in, ")", "the last value");
}

/* ---- operators ---- */

static const struct operator
{
	const char *sign;
	enum ld_op_kind op;
	unsigned precedence;
}
operators[] = {
	{ "||", LD_LOGICAL_OR, 1 },
	{ "&&", LD_LOGICAL_AND, 2 },
	{ "|", LD_OR, 3 },
	{ "^", LD_XOR, 4 },
	{ "&", LD_AND, 5 },
	{ "==", LD_EQUAL, 6 },
	{ "!=", LD_NOT_EQUAL, 6 },
	{ "<", LD_LESS, 7 },
	{ "<=", LD_LESS_EQUAL, 7 },
	{ ">", LD_GREATER, 7 },
	{ ">=", LD_GREATER_EQUAL, 7 },
	{ "<<", LD_SHIFT_LEFT, 8 },
	{ ">>", LD_SHIFT_RIGHT, 8 },
	{ "+", LD_ADD, 9 },
	{ "-", LD_SUBTRACT, 9 },
	{ "*", LD_MULTIPLY, 10 },
	{ "/", LD_DIVIDE, 10 },
	{ "%", LD_MODULO, 10 },
};

static const struct operator* find_operator(const struct ld_token *token)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		if (ld_is_sign(token, operators[i].sign))
			return &operators[i];
	return NULL;
}

static uint64_t packed(struct place at) { return MIN(at.line, (uint64_t)UINT32_MAX) << 32 | at.col; }

static void name(struct ld_reader *in, const struct ld_token *token, unsigned depth)
{
	static const char *const headers[] = { "SIZEOF_HEADERS", "sizeof_headers" };
	const struct function *f = find_function(token);

	if (f)
		call(in, f, token, depth);
	else if (ld_is(token, "."))
		emit(in, LD_DOT, 0);
	else if (ld_is_one_of(token, headers, ARRAY_SIZE(headers)))
		link_value(in, token->text);
	else
		emit_name(in, LD_SYMBOL, ld_symbol_number(in->ctx, token->text, token->n_bytes, token->at));
}

static void unary(struct ld_reader *in, unsigned depth)
{
	static const struct {
		const char *sign;
		enum ld_op_kind op;
	} signs[] = {
		{ "-", LD_NEGATE },
		{ "!", LD_NOT },
		{ "~", LD_INVERT },
	};

	check_depth(in, depth);
	struct ld_token token = ld_peek(in);
	const char *start = in->at;
	ld_take(in, &token);
	if (token.kind == LD_TOKEN_NUMBER) {
		emit(in, LD_NUMBER, token.number);
	} else if (token.kind == LD_TOKEN_NAME) {
		name(in, &token, depth);
	} else if (ld_is_sign(&token, "(")) {
		ternary(in, depth + 1);
		ld_expect(in, ")", "the expression");
	} else if (ld_is_sign(&token, "+")) {
		unary(in, depth + 1);
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
			if (!ld_is_sign(&token, signs[i].sign))
				continue;
			unary(in, depth + 1);
			emit(in, signs[i].op, 0);
			return;
		}
		in->at = start;
		ld_refuse_here(in, "a number, a name or '('");
	}
}

/* Operators that bind at least as strongly as precedence. */
static void binary(struct ld_reader *in, unsigned depth, unsigned precedence)
{
	unary(in, depth);
	for (;;) {
		/* What follows may belong to no expression: the name of a file, for example. */
		ld_skip(in);
		if (in->at == in->end || !strchr("|^&=!<>+-*/%", *in->at))
			return;
		struct ld_token token = ld_peek(in);
		const struct operator* o = find_operator(&token);
		if (!o || o->precedence < precedence)
			return;
		ld_take(in, &token);
		binary(in, depth, o->precedence + 1);
		emit(in, o->op, packed(token.at));
	}
}

static void ternary(struct ld_reader *in, unsigned depth)
{
	check_depth(in, depth);
	binary(in, depth, 1);
	if (!ld_accept(in, "?"))
		return;
	ternary(in, depth + 1);
	ld_expect(in, ":", "the value for true");
	ternary(in, depth + 1);
	emit(in, LD_TERNARY, 0);
}

struct ld_expression ld_assigned(struct ld_reader *in, uint32_t symbol, const char *op)
{
	struct ld_token sign = { .kind = LD_TOKEN_SIGN, .text = op, .n_bytes = strlen(op) - 1 };
	const struct operator* o = find_operator(&sign);
	size_t i_op = in->ctx->n_ops;

	ld_skip(in);
	struct place at = ld_place(in);
	in->ctx->stack_depth = 0;
	if (o)
		emit(in, symbol == IMAGE_NONE ? LD_DOT : LD_SYMBOL, symbol);
	ternary(in, 0);
	if (o)
		emit(in, o->op, packed(at));
	return (struct ld_expression){ i_op, in->ctx->n_ops - i_op, at };
}

struct ld_expression ld_expression(struct ld_reader *in) { return ld_assigned(in, IMAGE_NONE, "="); }
