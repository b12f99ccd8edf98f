// A filter in C without an SDK: the ABI as it is, with the C library of WASI behind it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("proxy_log") int log_line(int level, const char *text, size_t size);
IMPORT("proxy_get_header_map_value")
int get_header(int map, const char *key, size_t key_size, char **value, size_t *size);
IMPORT("proxy_get_header_map_pairs") int get_pairs(int map, char **pairs, size_t *size);
IMPORT("proxy_replace_header_map_value")
int replace_header(int map, const char *key, size_t key_size, const char *value, size_t size);
IMPORT("proxy_get_buffer_bytes")
int get_buffer(int type, size_t start, size_t max, char **bytes, size_t *size);
IMPORT("proxy_set_buffer_bytes")
int set_buffer(int type, size_t start, size_t size, const char *bytes, size_t bytes_size);
IMPORT("proxy_get_property") int get_property(const char *path, size_t path_size, char **value, size_t *size);
IMPORT("proxy_set_shared_data")
int set_shared(const char *key, size_t key_size, const char *value, size_t size, unsigned cas);
IMPORT("proxy_get_shared_data")
int get_shared(const char *key, size_t key_size, char **value, size_t *size, unsigned *cas);

EXPORT("proxy_abi_version_0_2_0") void abi_version(void) {}
EXPORT("malloc") void *allocate(size_t size) { return malloc(size); }

static void say(const char *what, int status, const char *text, size_t size) {
  char line[256];
  int length = snprintf(line, sizeof line, "%s %d %.*s", what, status, (int)(size > 100 ? 100 : size), text);
  log_line(3, line, length);
}

EXPORT("proxy_on_vm_start") int on_vm_start(int context, size_t size) { return 1; }

EXPORT("proxy_on_configure") int on_configure(int context, size_t size) {
  char *text = NULL;
  size_t length = 0;
  int status = get_buffer(7, 0, size, &text, &length);
  say("configuration", status, text, length);
  free(text);
  // Through the C library, which goes through WASI.
  fprintf(stderr, "to stderr\n");
  const char *variable = getenv("NOT_THERE");
  say("environment", variable == NULL, "", 0);
  return 1;
}

EXPORT("proxy_on_context_create") void on_context_create(int context, int parent) {}

EXPORT("proxy_on_request_headers") int on_request_headers(int context, int count, int end) {
  char *value = NULL;
  size_t size = 0;
  int status = get_header(0, ":path", 5, &value, &size);
  say("path", status, value, size);
  free(value);
  value = NULL;
  size = 0;
  status = get_header(0, "x-none", 6, &value, &size);
  say("none", status, value, size);
  status = get_pairs(0, &value, &size);
  say("pairs", status, "", 0);
  free(value);
  say("replace", replace_header(0, "x-in", 4, "from c", 6), "", 0);
  value = NULL;
  size = 0;
  unsigned cas = 0;
  status = get_shared("count", 5, &value, &size, &cas);
  char next[16];
  int length = snprintf(next, sizeof next, "%d", (size > 0 ? atoi(value) : 0) + 1);
  free(value);
  say("shared", set_shared("count", 5, next, length, cas), next, length);
  value = NULL;
  size = 0;
  status = get_property("request\0method", 14, &value, &size);
  say("method", status, value, size);
  free(value);
  return 0;
}

EXPORT("proxy_on_response_body") int on_response_body(int context, size_t size, int end) {
  char *bytes = NULL;
  size_t length = 0;
  int status = get_buffer(1, 0, size, &bytes, &length);
  say("body", status, bytes, length);
  for (size_t i = 0; i < length; i++)
    if (bytes[i] >= 'a' && bytes[i] <= 'z') bytes[i] -= 32;
  say("set", set_buffer(1, 0, size, bytes, length), "", 0);
  free(bytes);
  return 0;
}

EXPORT("proxy_on_done") int on_done(int context) { return 1; }
EXPORT("proxy_on_log") void on_log(int context) { say("log", 0, "", 0); }
EXPORT("proxy_on_delete") void on_delete(int context) {}
