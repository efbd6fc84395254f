/* What is pure of serial ports: which are the same. Real ones are in tests/device. */
#define _DEFAULT_SOURCE
#include "memprof/io/ports.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct port usb(const char *path, const char *serial, const char *location, unsigned interface)
{
	struct port port = { .usb = true, .vid = 0x2e8a, .pid = 5, .interface = interface };

	snprintf(port.path, sizeof(port.path), "%s", path);
	snprintf(port.serial, sizeof(port.serial), "%s", serial);
	snprintf(port.location, sizeof(port.location), "%s", location);
	return port;
}

static struct port plain(const char *path)
{
	struct port port = { .usb = false };

	snprintf(port.path, sizeof(port.path), "%s", path);
	return port;
}

static void assert_same(struct port a, struct port b, bool same)
{
	assert_int_equal(port_same(&a, &b), same);
	assert_int_equal(port_same(&b, &a), same);
}

UNIT_TEST(a_board_is_known_by_its_serial_number)
{
	struct port pico = usb("/dev/ttyACM0", "e660", "1-1.4", 0), other;

	assert_same(pico, pico, true);
	assert_same(pico, usb("/dev/ttyACM7", "e660", "3-2", 0), true);
	assert_same(pico, usb("/dev/ttyACM0", "e661", "1-1.4", 0), false);
	assert_same(pico, usb("/dev/ttyACM0", "", "1-1.4", 0), false);
	assert_same(pico, usb("/dev/ttyACM0", "e660", "1-1.4", 2), false); /* its other channel */
	other = pico;
	other.pid = 3; /* its boot loader */
	assert_same(pico, other, false);
	other = pico;
	other.vid = 0xf055;
	assert_same(pico, other, false);
}

UNIT_TEST(without_one_by_its_plug)
{
	struct port bridge = usb("/dev/ttyUSB0", "", "1-1.4", 0);

	assert_same(bridge, usb("/dev/ttyUSB3", "", "1-1.4", 0), true);
	assert_same(bridge, usb("/dev/ttyUSB0", "", "1-1.3", 0), false);
}

UNIT_TEST(other_ports_by_their_name)
{
	assert_same(plain("/dev/ttyS0"), plain("/dev/ttyS0"), true);
	assert_same(plain("/dev/ttyS0"), plain("/dev/ttyS1"), false);
	assert_same(plain("/dev/ttyACM0"), usb("/dev/ttyACM0", "", "", 0), false);
}

UNIT_TEST(channels_of_one_device)
{
	struct port a = usb("/dev/ttyACM0", "e660", "1-1.4", 0), b = usb("/dev/ttyACM1", "e660", "1-1.4", 2),
		    c = usb("/dev/ttyACM2", "e660", "1-1", 0), d = usb("/dev/ttyACM3", "", "", 0),
		    s = plain("/dev/ttyS0");

	assert_true(port_siblings(&a, &b));
	assert_false(port_siblings(&a, &c));
	assert_false(port_siblings(&a, &d));
	assert_false(port_siblings(&d, &d)); /* nothing tells where it is */
	assert_false(port_siblings(&a, &s));
	assert_false(port_siblings(&s, &s));
}

/* ---- of this computer, whatever it has ---- */

UNIT_TEST(the_list_is_in_order_and_each_is_found)
{
	struct port *ports = NULL, again;
	struct diag diag;
	size_t n = 7;

	assert_int_equal(ports_list(&ports, &n, &diag), 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(strncmp(ports[i].path, "/dev/", 5), 0);
		assert_true(i == 0 || strcmp(ports[i - 1].path, ports[i].path) != 0);
		assert_int_equal(port_find(ports[i].path, &again), 0);
		assert_true(port_same(&ports[i], &again));
	}
	free(ports);
	assert_int_equal(port_find("/dev/ttyNONE0", &again), -ENOENT);
	assert_int_equal(port_find("/dev/null", &again), -ENOENT);
	assert_int_equal(port_find("", &again), -ENOENT);
}

/* Any file will do: who has it open is asked of /proc. */
UNIT_TEST(another_process_that_holds_it_is_found)
{
	char path[] = "/tmp/memprof-test-XXXXXX", ready;
	struct port_holder holder;
	int file = mkstemp(path), to_child[2], from_child[2], status;

	assert_true(file >= 0);
	port_holder(path, &holder);
	assert_int_equal(holder.pid, 0); /* ourselves do not count */
	assert_int_equal(pipe(to_child), 0);
	assert_int_equal(pipe(from_child), 0);
	pid_t child = fork();
	if (child == 0) {
		close(to_child[1]);
		_exit(write(from_child[1], "x", 1) != 1 || read(to_child[0], &ready, 1) != 0);
	}
	assert_int_equal(read(from_child[0], &ready, 1), 1);
	port_holder(path, &holder);
	assert_int_equal(holder.pid, child);
	assert_string_equal(holder.name, "test-io-ports");
	close(to_child[1]); /* it ends */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	port_holder(path, &holder);
	assert_int_equal(holder.pid, 0);
	unlink(path);
	close(file);
	port_holder("/nowhere/ttyACM0", &holder);
	assert_int_equal(holder.pid, 0);
}

UNIT_TEST(what_may_be_opened_is_not_forbidden)
{
	CLEANUP(strbuf_deinit) struct strbuf why = STRBUF_INIT;

	assert_false(port_forbidden("/dev/null", &why));
	assert_false(port_forbidden("/nowhere/ttyACM0", &why)); /* it is not there, which is another matter */
	assert_int_equal(why.n_bytes, 0);
}
