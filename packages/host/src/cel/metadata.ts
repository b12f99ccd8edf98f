import { create, createFileRegistry, fromBinary, type DescMessage } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import {
  AnySchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  StructSchema,
} from '@bufbuild/protobuf/wkt';

/** envoy.config.core.v3.Metadata: two maps, to structs and to any messages. */
const description: DescMessage = (() => {
  const name = 'Metadata';
  const maps = [
    { field: 'filter_metadata', entry: 'FilterMetadataEntry', of: StructSchema.typeName },
    { field: 'typed_filter_metadata', entry: 'TypedFilterMetadataEntry', of: AnySchema.typeName },
  ];
  const packageName = 'envoy.config.core.v3';
  const file = create(FileDescriptorProtoSchema, {
    name: 'envoy/config/core/v3/base.proto',
    package: packageName,
    syntax: 'proto3',
    dependency: ['google/protobuf/struct.proto', 'google/protobuf/any.proto'],
    messageType: [
      {
        name,
        field: maps.map(({ field, entry }, i) => ({
          name: field,
          number: i + 1,
          label: Label.REPEATED,
          type: Type.MESSAGE,
          typeName: `.${packageName}.${name}.${entry}`,
        })),
        nestedType: maps.map(({ entry, of }) => ({
          name: entry,
          options: { mapEntry: true },
          field: [
            { name: 'key', number: 1, label: Label.OPTIONAL, type: Type.STRING },
            { name: 'value', number: 2, label: Label.OPTIONAL, type: Type.MESSAGE, typeName: `.${of}` },
          ],
        })),
      },
    ],
  });
  const wellKnown = [StructSchema.file, AnySchema.file];
  const registry = createFileRegistry(file, (path) =>
    wellKnown.find((known) => `${known.name}.proto` === path),
  );
  return registry.getMessage(`${packageName}.${name}`) as DescMessage;
})();

/** The dynamic metadata of a stream, from its bytes. */
export function readMetadata(bytes: Uint8Array): ReflectMessage {
  return reflect(description, fromBinary(description, bytes));
}
