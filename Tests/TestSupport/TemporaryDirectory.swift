import Foundation
import Storage

/// A directory of a test's own, removed with the last reference to it.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init() throws {
    path = FileSystem.absolute(NSTemporaryDirectory()) + "/dk-test-\(UUID().uuidString)"
    try FileSystem.createDirectory(path)
  }

  deinit { try? FileSystem.remove(path) }

  package func callAsFunction(_ name: String) -> String { FileSystem.join(path, name) }
}

/// Bytes of the file at `path`.
package func bytes(_ path: String) throws -> [UInt8] { try InputFile.contents(of: path, limit: 1 << 30) }

/// Digest by relative path of every data file below `directory`, without what is no part of the identity.
package func digests(_ directory: String) throws -> [String: Digest] {
  var found: [String: Digest] = [:]
  for name in try FileSystem.list(directory)
  where !name.hasPrefix(".") && name != "log.jsonl" && name != "locations.json" {
    let path = FileSystem.join(directory, name)
    if FileSystem.kind(path) == .directory {
      for (inner, digest) in try digests(path) { found[name + "/" + inner] = digest }
    } else {
      found[name] = try Digest(ofFile: path)
    }
  }
  return found
}

/// A file beside the tests, such as the reference numbers.
package func reference(_ name: String) -> String {
  FileSystem.parent(FileSystem.parent(#filePath)) + "/Reference/" + name
}

/// The reference tensors of a file.
package func referenceTensors(_ name: String) throws -> Safetensors {
  let path = reference(name + ".safetensors")
  return try Safetensors(try bytes(path), path: path)
}
