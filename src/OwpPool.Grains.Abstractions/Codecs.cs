// Core knows the serialisation attributes only; its codecs are generated here.
[assembly: GenerateCodeForDeclaringAssembly(typeof(OwpPool.Core.Tasks.TaskState))]
