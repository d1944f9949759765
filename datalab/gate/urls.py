from django.urls import path

from datalab.gate import door

urlpatterns = [path("open", door.open_tool, name="open_tool")]
